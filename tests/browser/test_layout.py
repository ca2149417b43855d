"""The screen at the sizes it is used at: everything in its place, whole, and to be read (rules.md section 4)."""

import os
import time
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, ViewportSize, expect

from tests.browser.conftest import Screens, Start
from tests.browser.layout import PROBLEMS
from tests.browser.oximeter import Oximeter
from tests.browser.program import PATIENCE_S, LiveTable, Program, table, wait

pytestmark = pytest.mark.browser

SIZES: list[ViewportSize] = [
    {"width": 1920, "height": 1080},
    {"width": 1366, "height": 768},
    {"width": 1024, "height": 768},
]
expect.set_options(timeout=PATIENCE_S * 1000)


def opened(screens: Screens, program: Program) -> list[Page]:
    """A page of each size, with its trends drawn."""
    pages = [screens.open(program, viewport=size) for size in SIZES]
    for page in pages:
        wait_for_all(page)
    return pages


def wait_for_all(page: Page) -> None:
    """Fonts, and the trends drawn."""
    wait(page, "document.fonts.check('700 40px B612') && document.fonts.check('400 16px Inter')")
    wait(page, "document.querySelector('#trends .js-plotly-plot')?.data?.some(trace => trace.y?.length)")


def reload_with_late_fonts(page: Page) -> None:
    """As over a slow network: words are measured before they have their shapes."""

    def later(route: Route) -> None:
        time.sleep(0.5)
        route.continue_()

    page.route("**/b612*.woff2", later)
    page.reload()
    expect(page.locator("#strip-mark")).not_to_be_empty()
    wait_for_all(page)


def look_over(pages: list[Page]) -> None:
    """Nothing is wrong on any of them."""
    found = [f"{page.viewport_size}: {problem}" for page in pages for problem in page.evaluate(PROBLEMS)]
    assert not found, "\n".join(found)


def test_with_three_alarms_and_an_ended_one_and_all_that_becomes_of_them(
    start: Start, screens: Screens, tmp_path: Path
) -> None:
    """A slow heart, then heart rate, SpO2 and cuff at once; each state people can bring them to; all well again."""
    slow = [[t, 38, 97, "", "", ""] for t in range(20)]
    ill = [[t, 140, 82, *((192, 112, 139) if t % 60 == 25 else ("", "", ""))] for t in range(20, 250)]
    well = [[t, 72, 97, 120, 70, 87] for t in range(250, 900)]
    path = table(tmp_path / "ward.csv", [*slow, *ill, *well], "time_s,hr,spo2,nibp_sys,nibp_dia,nibp_map")
    pages = opened(screens, start("run", "--source", f"csv:{path}?speed=10"))
    for page in pages:
        for i in range(4):
            expect(page.locator(f"#alarm-{i}-mark")).to_have_text("***")
    reload_with_late_fonts(pages[-1])
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


@pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals")
def test_with_a_pleth_between_the_charts_and_with_words_in_its_place(start: Start, screens: Screens) -> None:
    with closing(Oximeter()) as oximeter:
        pages = opened(screens, start("run", "--source", oximeter.source))
        for page in pages:
            expect(page.locator("#pleth[data-state='live']")).to_be_visible()
            expect(page.locator("#trends .annotation", has_text="Pleth")).to_be_visible()
        look_over(pages)
        oximeter.finger(False)
        for page in pages:
            page.click("#theme")
            expect(page.locator("#pleth-note")).to_be_visible()
        look_over(pages)


def test_when_all_is_well_by_day_and_by_night_and_when_contact_is_lost(
    start: Start, screens: Screens, live_table: LiveTable
) -> None:
    screens.expect_no_contact()
    program = start("run", "--source", f"csv:{live_table.path}?follow=1")
    pages = opened(screens, program)
    look_over(pages)
    for page in pages:
        page.click("#theme")
    look_over(pages)
    program.freeze()
    for page in pages:
        expect(page.locator("#link-banner")).to_be_visible()
    look_over(pages)
    for page in pages:
        expect(page.locator("#link-lost")).to_be_visible()
    look_over(pages)
