"""What people do at the bedside: acknowledge, pause the sound, see it on every screen, and in the record."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ingest.recorder import Entry
from tests.browser.conftest import Screens, Start
from tests.browser.program import PATIENCE_S, LiveTable, Program, first, looks, table, until, wait

pytestmark = pytest.mark.browser

SCREEN = """ids => Object.fromEntries(ids.map(id => {
    const element = document.getElementById(id);
    return [id, [element.textContent, Object.entries(element.dataset).filter(([, value]) => value)]];
}))"""
LASTING = [  # what stays as it is while the patient does
    *("bed", "session-line", "mode", "hr", "spo2", "hr-tile", "spo2-tile", "hr-high", "hr-low", "spo2-low", "phase"),
    *("strip", "strip-mark", "strip-message", "strip-detail", "alarm-0", "alarm-0-text", "alarm-0-note", "pause"),
]
PRIORITIES = "window.dripwatchSound.bursts.map(burst => burst.priority)"
expect.set_options(timeout=PATIENCE_S * 1000)


SETTLED_MS = 600
"""A touch within half a second after an alarm has changed is not taken for one of it."""


def fast_heart(path: Path) -> Path:
    """125 bpm from 10 s on: HR-2 at 40 s, high only 5 minutes later."""
    return table(path, [(t, 70 if t < 10 else 125, 97) for t in range(600)])


def sign_in(page: Page, initials: str) -> None:
    """Choose initials on the screen's own keys."""
    page.click("#who-open")
    for letter in initials:
        page.click(f"#who [data-key='{letter}']")
    page.click("#who-ok")
    expect(page.locator("#who-name")).to_have_text(initials)


def commands(program: Program) -> list[Entry]:
    """What people asked for, from the record."""
    record = program.record
    given = [item for item in record.inputs(record.session("last")) if isinstance(item, Entry)]
    return [entry for entry in given if entry.name != "set_phase"]


def test_an_acknowledgement_is_seen_on_every_screen_and_kept(start: Start, screens: Screens, tmp_path: Path) -> None:
    program = start("run", "--source", f"csv:{fast_heart(tmp_path / 'ward.csv')}?speed=10")
    bedside, office = screens.open(program), screens.open(program)
    sign_in(bedside, "AB")
    expect(bedside.locator("#strip-mark")).to_have_text("**")
    bedside.wait_for_timeout(SETTLED_MS)
    before = looks(bedside)[-1].at
    bedside.click("#strip-ack")
    for page in (bedside, office):
        expect(page.locator("#strip-detail")).to_contain_text("acknowledged by AB")
        expect(page.locator("#strip-ack")).to_be_hidden()
    expect(bedside.locator("#answer")).to_have_text("Acknowledged by AB", use_inner_text=True)
    seen = [first(looks(page), before, lambda look: "acknowledged by AB" in look.detail) for page in (bedside, office)]
    assert abs(seen[0] - seen[1]) <= 1

    assert [(entry.name, entry.actor, entry.body) for entry in commands(program)] == [
        ("acknowledge", "AB", '{"occurrences":[1],"seen":2}')
    ]
    record = program.record
    assert "acknowledged" in [event.name for event in record.events(record.session("last"))]

    shown = bedside.evaluate(SCREEN, LASTING)
    assert ["state", "acknowledged"] in shown["strip"][1]
    bedside.reload()
    wait(bedside, "document.documentElement.dataset.link === 'live'")
    assert bedside.evaluate(SCREEN, LASTING) == shown
    assert bedside.evaluate("document.getElementById('who-name').textContent") == "AB"
    assert bedside.evaluate(PRIORITIES) == []


def test_a_second_acknowledgement_is_refused_in_words(start: Start, screens: Screens, tmp_path: Path) -> None:
    """A screen that had missed the first one would still offer the button."""
    page = screens.open(start("run", "--source", f"csv:{fast_heart(tmp_path / 'ward.csv')}?speed=10"))
    expect(page.locator("#strip-ack")).to_be_visible()
    page.wait_for_timeout(SETTLED_MS)
    page.click("#strip-ack")
    expect(page.locator("#strip-detail")).to_contain_text("acknowledged by bedside")
    page.evaluate("document.getElementById('strip-ack').dataset.ids = '1'")
    page.click("#strip-ack")  # what stands there has changed in this very moment: nobody can have meant it
    expect(page.locator("#answer")).to_have_text("The alarm has just changed: look again", use_inner_text=True)
    page.wait_for_timeout(SETTLED_MS)
    page.click("#strip-ack")
    expect(page.locator("#answer[data-state='refused']")).to_be_visible()
    assert page.locator("#answer").inner_text().startswith("Refused: ")
    expect(page.locator("#strip-detail")).to_contain_text("acknowledged by bedside")


def test_an_audio_pause_is_shown_can_be_cancelled_and_yields_to_a_high_alarm(
    start: Start, screens: Screens, live_table: LiveTable
) -> None:
    program = start("run", "--source", f"csv:{live_table.path}?follow=1")
    bedside, office = screens.open(program), screens.open(program)
    sign_in(bedside, "CD")
    pages, left = (bedside, office), "document.getElementById('pause-left').innerText"
    bedside.click("[data-command='pause-audio']")
    for page in pages:
        expect(page.locator("#pause-left")).to_be_visible()
        before = page.evaluate(left)
        assert before in ("2:00", "1:59", "1:58")
        wait(page, f"before => {left} < before", before)

    office.click("[data-command='resume-audio']")
    for page in pages:
        expect(page.locator("#pause-left")).to_be_hidden()
    bedside.click("[data-command='pause-audio']")
    for page in pages:
        expect(page.locator("#pause-left")).to_be_visible()

    live_table.spo2 = 78
    for page in pages:
        expect(page.locator("#strip-mark")).to_have_text("***")
        expect(page.locator("#pause-left")).to_be_hidden()
        until(lambda page=page: page.evaluate(PRIORITIES) == ["high"], "heard")  # type: ignore[misc]
    assert [(entry.name, entry.actor) for entry in commands(program)] == [
        ("pause_audio", "CD"), ("resume_audio", "bedside"), ("pause_audio", "CD")
    ]  # fmt: skip
