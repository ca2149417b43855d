"""The screen at the sizes it is used at: everything in its place, whole, and to be read (rules.md section 4)."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.conftest import Screens, Start
from tests.browser.layout import PROBLEMS
from tests.browser.program import PATIENCE_S, LiveTable, Program, table, wait

pytestmark = pytest.mark.browser

SIZES: list[ViewportSize] = [
    {"width": 1920, "height": 1080},
    {"width": 1366, "height": 768},
    {"width": 1024, "height": 768},
    {"width": 768, "height": 1024},
]
expect.set_options(timeout=PATIENCE_S * 1000)


def opened(screens: Screens, program: Program) -> list[Page]:
    """A page of each size, with its trends drawn."""
    pages = [screens.open(program, viewport=size) for size in SIZES]
    for page in pages:
        wait(page, "document.querySelector('#trends .js-plotly-plot')?.data?.some(trace => trace.y?.length)")
    return pages


def look_over(pages: list[Page]) -> None:
    """Nothing is wrong on any of them."""
    found = [f"{page.viewport_size}: {problem}" for page in pages for problem in page.evaluate(PROBLEMS)]
    assert not found, "\n".join(found)


def test_when_all_is_well_by_day_and_by_night(start: Start, screens: Screens) -> None:
    pages = opened(screens, start("run", "--source", "sim:uneventful"))
    look_over(pages)
    for page in pages:
        page.click("#theme")
    look_over(pages)


def test_with_three_alarms_and_all_that_becomes_of_them(start: Start, screens: Screens, tmp_path: Path) -> None:
    """Heart rate, SpO2 and cuff at once; then each state people can bring them to; then the patient is well again."""
    ill = [[t, 140, 82, *((192, 112, 139) if t % 60 == 5 else ("", "", ""))] for t in range(300)]
    well = [[t, 72, 97, 120, 70, 87] for t in range(300, 900)]
    path = table(tmp_path / "ward.csv", [*ill, *well], "time_s,hr,spo2,nibp_sys,nibp_dia,nibp_map")
    pages = opened(screens, start("run", "--source", f"csv:{path}?speed=10"))
    for page in pages:
        for i in range(3):
            expect(page.locator(f"#alarm-{i}-mark")).to_have_text("***")
    look_over(pages)
    pages[0].click("[data-command='pause-audio']")
    pages[0].click("#strip-ack")
    for page in pages:
        expect(page.locator("#pause-left")).to_be_visible()
        page.click("#theme")
        page.click("#who-open")
    look_over(pages)
    for page in pages:
        page.click("#who-cancel")
        expect(page.locator("#strip[data-state='latched']")).to_be_visible()
    look_over(pages)


def test_when_nothing_comes_any_more(start: Start, screens: Screens, live_table: LiveTable) -> None:
    screens.expect_no_contact()
    program = start("run", "--source", f"csv:{live_table.path}?follow=1")
    pages = opened(screens, program)
    for page in pages:
        page.wait_for_load_state("networkidle")
    program.freeze()
    for page in pages:
        expect(page.locator("#link-banner")).to_be_visible()
    look_over(pages)
    for page in pages:
        expect(page.locator("#link-lost")).to_be_visible()
    look_over(pages)
