"""Nothing old passes for new (H01, H25, H26): the device, the server and the page itself fall silent in turn.

A LiveTable's heart rates tell when they were measured, so the test knows the true age of each number on the screen.
"""

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.__main__ import main
from tests.browser.conftest import Screens, Start
from tests.browser.program import (
    PATIENCE_S,
    LiveTable,
    Look,
    Program,
    age,
    first,
    is_aged,
    is_gone,
    is_live,
    looks,
    too_old,
    until,
)
from tests.browser.tab import Tab

pytestmark = pytest.mark.browser
Screen = Page | Tab

expect.set_options(timeout=PATIENCE_S * 1000)


@pytest.fixture
def program(start: Start, live_table: LiveTable) -> Program:
    """A live session; the table is the monitor."""
    return start("run", "--source", f"csv:{live_table.path}?follow=1")


def show(page: Screen, is_so: Callable[[Look], bool], after: float, seconds: float = 0) -> None:
    """Wait until the page has shown something, and some seconds more."""
    until(lambda: any(look.at > after and is_so(look) for look in seen(page)), is_so.__name__)
    until(lambda: (now := seen(page)) and now[-1].at > after + seconds, "a look at it")


def seen(page: Screen) -> list[Look]:
    """All that it has shown."""
    return page.looks() if isinstance(page, Tab) else looks(page)


def started(program: Program) -> float:
    """When the session's time was 0, seconds of the wall clock."""
    return program.session.started.timestamp()


def test_the_device_falls_silent(program: Program, screens: Screens, live_table: LiveTable) -> None:
    """At 3 s the age, at 5 s T-4, at 10 s no number and T-1; and all is well again by itself."""
    page = screens.open(program)
    show(page, is_live, 0, seconds=1)
    live_table.rest()
    silent = time.time()
    show(page, is_gone, silent)
    expect(page.locator("#hr-note")).to_have_text("no reading")
    rows = page.locator("[id^='alarm-'][id$='-text']")
    expect(rows.filter(has_text="monitor: no data for 5 s")).to_be_visible()
    expect(rows.filter(has_text="SpO₂: no reading for 10 s")).to_be_visible()
    expect(rows.filter(has_text="HR: no reading for 10 s")).to_be_visible()
    back = live_table.go_on()
    show(page, is_live, back)
    expect(page.locator("#strip-message")).to_have_text("No alarms")

    shown, began = looks(page), started(program)
    assert too_old(shown, began) == []
    last = max(look.at - age(look, began) for look in shown if look.at < back and look.hr.isdigit())
    assert 3 <= first(shown, last + 1.5, is_aged) + 1.5 <= 4
    assert 10 <= first(shown, last + 1.5, is_gone) + 1.5 <= 11
    assert first(shown, back, is_live) <= 3


def test_a_device_that_had_been_silent_before_the_start_is_not_shown_late(
    start: Start, screens: Screens, tmp_path: Path
) -> None:
    """The row of 20 s ago is not new, and those that follow are shown when they come, not 20 s later."""
    with closing(LiveTable(tmp_path / "monitor.csv", rests_s=20)) as monitor:
        page = screens.open(start("run", "--source", f"csv:{monitor.path}?follow=1"), waits=False)
        until(lambda: looks(page), "a look at it")
        back = monitor.go_on()
        show(page, is_live, back, seconds=4)
        assert too_old(looks(page), monitor.began) == []


def test_the_server_freezes(program: Program, screens: Screens) -> None:
    screens.expect_no_contact()
    page = screens.open(program)
    show(page, is_live, 0, seconds=1)
    frozen = program.freeze()
    show(page, is_aged, frozen)
    expect(page.locator("#link-banner")).to_be_visible()
    expect(page.locator("#link-banner")).to_contain_text("NO CONTACT")
    show(page, is_gone, frozen, seconds=12)
    expect(page.locator("#link-lost")).to_be_visible()
    thawed = program.thaw()
    show(page, is_live, thawed, seconds=2)
    expect(page.locator("#link-lost")).to_be_hidden()

    shown = looks(page)
    assert too_old(shown, started(program)) == []
    assert first(shown, frozen, is_aged) <= 5
    assert first(shown, frozen, lambda look: "NO CONTACT" in look.banner) <= 5
    assert first(shown, frozen, is_gone) <= 11
    assert first(shown, thawed, is_live) <= 5


@pytest.mark.parametrize("away_s", [16, pytest.param(60, marks=pytest.mark.slow)])
def test_the_server_dies_and_comes_back(
    away_s: int, program: Program, screens: Screens, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody touches the page, and it loads itself anew; the record knows of the interruption."""
    screens.expect_no_contact()
    page = screens.open(program)
    page.wait_for_load_state("networkidle")
    page.evaluate("window.isTheOldPage = true")
    began = started(program)
    killed = program.kill()
    show(page, is_gone, killed, seconds=away_s)
    program.start()
    returned = time.time()
    show(page, is_live, returned, seconds=2)
    assert page.evaluate("window.isTheOldPage") is None

    shown = looks(page)
    assert too_old([look for look in shown if look.at < returned], began) == []
    assert too_old([look for look in shown if look.at >= returned], started(program)) == []
    assert first(shown, killed, is_aged) <= 5
    assert first(shown, killed, is_gone) <= 11
    assert first(shown, returned, is_live) <= 5

    assert "note: session 1 (Bed 1" in program.said()
    assert "was interrupted after 0:00:" in program.said()
    assert main(["sessions", "list", "--data", str(program.data)]) == 0
    row = capsys.readouterr().out.splitlines()[1]
    assert row.split()[0] == "1"
    assert row.endswith("interrupted")


def test_the_page_was_frozen(program: Program, kiosk: Browser) -> None:
    """As a browser does to a tab nobody looks at; the messages of the time between are still in its queue."""
    tab = Tab(kiosk, program.url)
    show(tab, is_live, 0, seconds=1)
    tab.send("Page.setWebLifecycleState", state="frozen")
    frozen = time.time()
    time.sleep(16)  # no other way: nothing in the page can tell us that time has passed
    active = time.time()
    tab.send("Page.setWebLifecycleState", state="active")
    said = "document.getElementById('paused-banner').innerText"
    until(lambda: "THIS DISPLAY WAS PAUSED FOR 16 s" in tab.evaluate(said), "the banner")
    tab.send("Page.bringToFront")
    show(tab, is_live, active, seconds=3)

    shown = tab.looks()
    assert not any(frozen + 1 < look.at < active for look in shown), "it was not frozen"
    rest = [look for look in shown if not active <= look.at < active + 1]  # H25: for a second at most
    assert too_old(rest, started(program)) == []
    assert first(shown, active, is_live) <= 5
