"""The bedside screen as a nurse sees it: numbers, limits, cuff, trends, alarms, and where they come from."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Screens, Start
from tests.browser.program import PATIENCE_S, LiveTable, table, wait

pytestmark = pytest.mark.browser

NIBP = "time_s,hr,spo2,nibp_sys,nibp_dia,nibp_map"
TRACE = "name => document.querySelector('#trends .js-plotly-plot').data.find(trace => trace.name === name)"
PATIENT = [  # 72 bpm; a cuff at 5 s; SpO2 97 %, from 20 s on 88 %
    *([t, 72, 97, *((128, 76, 93) if t == 5 else ("", "", ""))] for t in range(20)),
    *([t, 72, 88, "", "", ""] for t in range(20, 400)),
]
expect.set_options(timeout=PATIENCE_S * 1000)


def trace(page: Page, name: str) -> dict[str, list[float | None]]:
    """The points plotly has drawn."""
    wait(page, f"document.querySelector('#trends .js-plotly-plot')?.data && ({TRACE})('{name}').x.length")
    found: dict[str, Any] = page.evaluate(TRACE, name)
    return {"x": found["x"], "y": found["y"]}


def shown(page: Page, *ids: str) -> list[str]:
    """The words of these elements."""
    return [page.locator(f"#{id}").inner_text() for id in ids]


def test_a_recording_at_eight_times_its_speed(start: Start, screens: Screens, tmp_path: Path) -> None:
    """Numbers and trends first; 15 s after the fall O2-2 is raised, a minute after the fall it is high."""
    path = table(tmp_path / "ward.csv", PATIENT, NIBP)
    program = start("run", "--source", f"csv:{path}?speed=8", "--bed", "Room 7")
    page = screens.open(program)
    assert shown(page, "bed", "mode", "hr", "hr-high", "hr-low", "spo2-low") == [
        "Room 7", "REPLAY 8×", "72", "120", "50", "90"
    ]  # fmt: skip
    assert "REPLAY" in page.evaluate("getComputedStyle(document.querySelector('.watermark'), '::before').content")

    expect(page.locator("#nibp")).to_have_text("128/76")
    taken = (program.session.started + timedelta(seconds=5)).astimezone()
    assert shown(page, "nibp-map", "nibp-time", "nibp-age", "nibp-high") == [
        "93", f"{taken:%H:%M}", "just now", "160/100"
    ]  # fmt: skip

    expect(page.locator("#strip-mark")).to_have_text("**")
    assert page.locator("#strip-message").inner_text().startswith("SpO₂ 88 < 90")
    assert page.locator("#spo2").inner_text() == "88"
    assert page.locator("#spo2-tile").get_attribute("data-level") == "medium"
    assert page.locator("#spo2-low").get_attribute("data-hit") == "medium"
    assert page.locator("#hr-tile").get_attribute("data-level") is None
    wait(page, "window.dripwatchSound.bursts.length")
    assert page.evaluate("dripwatchSound.bursts.map(b => [b.priority, b.heard])") == [["medium", True]]

    wait(page, f"({TRACE})('spo2').y.includes(88)")
    assert set(trace(page, "spo2")["y"]) == {97, 88}
    assert set(trace(page, "hr")["y"]) == {72}
    assert trace(page, "sys-") == {"x": [5], "y": [128]}
    assert trace(page, "dia-") == {"x": [5], "y": [76]}

    expect(page.locator("#strip-mark")).to_have_text("***")
    assert page.locator("#spo2-tile").get_attribute("data-level") == "high"
    wait(page, "dripwatchSound.bursts.some(burst => burst.priority === 'high' && burst.heard)")
    expect(page.locator("#nibp-age")).to_have_text("1 min ago")


def test_a_replay_is_marked_and_records_nothing(start: Start, screens: Screens, tmp_path: Path) -> None:
    path = table(tmp_path / "ward.csv", PATIENT, NIBP)
    page = screens.open(start("replay", str(path)))
    assert shown(page, "mode", "record") == ["REPLAY", "not recorded"]


def test_a_simulation_is_marked_and_a_live_table_is_not(start: Start, screens: Screens, live_table: LiveTable) -> None:
    page = screens.open(start("run", "--source", "sim:uneventful"))
    assert shown(page, "mode") == ["SIMULATED"]
    assert "SIMULATED" in page.evaluate("getComputedStyle(document.querySelector('.watermark'), '::before').content")
    page = screens.open(start("run", "--source", f"csv:{live_table.path}?follow=1"))
    assert shown(page, "mode") == [""]
    assert page.evaluate("getComputedStyle(document.querySelector('.watermark'), '::before').content") == "none"


def test_a_hostile_name_is_only_text(start: Start, screens: Screens, tmp_path: Path) -> None:
    """Of the bed, and of the file, which the strip and the list of alarms name too when it falls silent."""
    hostile = "<img src=x onerror=alert(1)>"
    path = table(tmp_path / f"{hostile}.csv", [(0, 72, 97)])
    page = screens.open(start("run", "--source", f"csv:{path}?follow=1", "--bed", hostile))
    assert shown(page, "bed", "source-0") == [hostile, hostile]
    for id in ("strip-message", "alarm-0-text"):
        expect(page.locator(f"#{id}")).to_have_text(f"{hostile}: no data for 5 s")
    assert page.locator("img").count() == 0


def test_a_hostile_click_is_refused(start: Start, screens: Screens) -> None:
    """What anybody can write into the page's own store: the server trusts none of it."""
    page = screens.open(start("run", "--source", "sim:uneventful"))
    clicks = [
        ({"command": "acknowledge", "occurrences": [1], "who": "<b>"}, "initials are 1 to 4 letters or digits"),
        ({"command": "acknowledge", "occurrences": ["1"], "who": "AB"}, "no such alarm"),
        ({"command": "<script>", "who": "AB"}, "unknown command"),
    ]
    for click, why in clicks:
        page.evaluate("data => dash_clientside.set_props('command', {data})", click)
        wait(page, "why => document.getElementById('said').textContent === why", f"Refused: {why}")


def test_everything_comes_from_the_program_itself(start: Start, screens: Screens) -> None:
    program = start("run", "--source", "sim:uneventful")
    trace(screens.open(program), "hr")
    assert len(screens.requests) > 10
    assert all(url.startswith((program.url, program.url.replace("http", "ws"), "data:")) for url in screens.requests)
