"""Devices at the bedside: the cuff obeys the screen, technical states are in words, the lines are counted."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ingest.recorder import Entry
from tests.browser.conftest import Screens, Start
from tests.browser.program import PATIENCE_S, Program

pytestmark = [pytest.mark.browser, pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals")]
expect.set_options(timeout=PATIENCE_S * 1000)


class Bedside:
    """An emulated oximeter and cuff on one patient, ten times as fast: a measurement takes 3.5 s."""

    def __init__(self, folder: Path) -> None:
        self.sources: list[str] = []
        ports = {device: folder / device for device in ("contec-v7", "suntech-nibp")}
        for device, port in ports.items():
            self.sources += ["--source", f"serial:{port}?device={device}&wait=1"]
        links = [f"--pty={device}={port}" for device, port in ports.items()]
        command = [sys.executable, "-m", "dashboard", "simulate", "uneventful", "--speed", "10", *links]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, bufsize=1
        )

    def says(self, order: str) -> None:
        """Type an order at the trainer's keyboard."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{order}\n")

    def close(self) -> None:
        self._process.terminate()
        self._process.communicate(timeout=10)


@pytest.fixture
def bedside(tmp_path: Path) -> Iterator[Bedside]:
    bedside = Bedside(tmp_path)
    yield bedside
    bedside.close()


def commands(program: Program) -> list[tuple[str, str]]:
    record = program.record
    given = [item for item in record.inputs(record.session("last")) if isinstance(item, Entry)]
    return [(entry.name, entry.body) for entry in given if entry.name != "set_phase"]


def expect_cuff(page: Page, state: str) -> None:
    expect(page.locator("#screen")).to_have_attribute("data-cuff", state)


def test_the_cuff_is_started_stopped_and_given_an_interval_by_touch(
    start: Start, screens: Screens, bedside: Bedside
) -> None:
    program = start("run", *bedside.sources)
    page = screens.open(program)
    expect_cuff(page, "ready")
    expect(page.locator("#interval-state")).to_have_text("by hand")

    page.click("[data-command='start-cuff']")
    expect_cuff(page, "measuring")
    expect(page.locator("#nibp-note")).to_have_text("measuring …")
    expect(page.locator("[data-command='start-cuff']")).to_be_hidden()
    expect(page.locator("#nibp")).to_have_text(re.compile(r"^1\d\d/\d\d$"))
    expect_cuff(page, "ready")

    page.click("#interval-open")
    page.click("#intervals button:text-is('5 min')")
    expect(page.locator("#intervals")).to_be_hidden()
    expect(page.locator("#answer")).to_have_text("The cuff measures every 5 min", use_inner_text=True)
    expect(page.locator("#interval-state")).to_have_text("every 5 min")
    expect(page.locator("#nibp-next")).to_have_text(re.compile(r"^next in 4:\d\d$"))

    page.click("[data-command='start-cuff']")
    expect_cuff(page, "measuring")
    page.click("[data-command='stop-cuff']")
    expect(page.locator("#nibp-note")).to_have_text("failed: stopped")
    expect(page.locator("#nibp")).to_have_text(re.compile(r"^1\d\d/\d\d$"))  # the good one stands, with its time
    assert commands(program) == [
        ("start_cuff", "{}"),
        ("set_cuff_interval", '{"seconds":300.0}'),
        ("start_cuff", "{}"),
        ("stop_cuff", "{}"),
    ]


def test_a_finger_out_is_said_beside_the_numbers_and_the_line_is_counted(
    start: Start, screens: Screens, bedside: Bedside
) -> None:
    page = screens.open(start("run", *bedside.sources))
    bedside.says("contec-v7: finger-out")
    for tile in ("hr", "spo2"):
        expect(page.locator(f"#{tile}-note")).to_have_text("probe off")
    page.click("#devices-open")
    expect(page.locator("#devices")).to_be_visible()
    expect(page.locator("#device-0-state")).to_have_text("connected · probe off")
    expect(page.locator("#device-0-line")).to_have_text(
        re.compile(r"^[\d,]+ bytes · [\d,]+ good frames \(last [01] s ago\) · 0 bad checksums · 0 resyncs$")
    )
    page.click("#devices button:text-is('Close')")
    expect(page.locator("#devices")).to_be_hidden()
    bedside.says("contec-v7: ok")
    for tile in ("hr", "spo2"):
        expect(page.locator(f"#{tile}-note")).to_be_empty()
        expect(page.locator(f"#{tile}")).to_have_text(re.compile(r"^\d+$"))


def test_an_unplugged_cuff_cannot_be_told_and_the_screen_says_so(
    start: Start, screens: Screens, bedside: Bedside
) -> None:
    page = screens.open(start("run", *bedside.sources))
    expect_cuff(page, "ready")
    bedside.says("suntech-nibp: unplug")
    expect_cuff(page, "lost")
    expect(page.locator("#cuff-state")).to_have_text("not connected")
    page.click("[data-command='start-cuff']")
    expect(page.locator("#answer[data-state='refused']")).to_have_text(
        "Refused: suntech-nibp is not connected: measure at the device", use_inner_text=True
    )
    bedside.says("suntech-nibp: plug")
    expect_cuff(page, "ready")
