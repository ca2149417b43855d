"""Sound that a browser refuses is seen at once, and the first touch allows it (H06).

Read without Playwright, for which every look at a page is a gesture of its user.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser

from tests.alerts.hearing import PULSES, check_burst
from tests.browser.conftest import Screens, Start
from tests.browser.program import LiveTable, Program, table, until
from tests.browser.tab import Tab

pytestmark = pytest.mark.browser

BLOCKED = "SOUND BLOCKED – touch the screen"
SOUND = "document.getElementById('sound')?.innerText"
BANNER = "document.getElementById('sound-banner').innerText"
STRIP = "document.getElementById('strip')?.innerText ?? ''"
BURSTS = "dripwatchSound.bursts.map(burst => [burst.priority, burst.heard])"
GESTURE = "navigator.userActivation.hasBeenActive"
WHERE = {"x": 300, "y": 300}
RATE = 44_100
RENDERED = """async ([priority, rate]) => {
  const context = new OfflineAudioContext(1, 4 * rate, rate);
  dripwatch.sound.pulses(context, priority, 0.1).connect(context.destination);
  return Array.from((await context.startRendering()).getChannelData(0));
}"""
"""The samples of a burst, as the browser makes them."""


def click(tab: Tab) -> None:
    for type in ("mousePressed", "mouseReleased"):
        tab.send("Input.dispatchMouseEvent", type=type, button="left", clickCount=1, **WHERE)


def touch(tab: Tab) -> None:
    """For a browser this is a gesture only when the finger is lifted."""
    tab.send("Input.dispatchTouchEvent", type="touchStart", touchPoints=[WHERE])
    tab.send("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])


def press_a_key(tab: Tab) -> None:
    tab.send("Input.dispatchKeyEvent", type="keyDown", key="x", text="x")
    tab.send("Input.dispatchKeyEvent", type="keyUp", key="x")


@pytest.fixture
def program(start: Start, tmp_path: Path) -> Program:
    """A heart rate of 140: high after 15 s, which are 1.5 s here."""
    rows = [(t, 140, 97) for t in range(1200)]
    return start("run", "--source", f"csv:{table(tmp_path / 'ward.csv', rows)}?speed=10")


@pytest.mark.parametrize("gesture", [click, touch, press_a_key])
def test_a_refused_sound_is_seen_and_the_first_gesture_allows_it(
    gesture: Callable[[Tab], None], program: Program, browser: Browser
) -> None:
    tab = Tab(browser, program.url)
    until(lambda: tab.evaluate(SOUND) == BLOCKED, "blocked, and seen")
    until(lambda: tab.evaluate(BANNER) == BLOCKED, "the banner over an alarm that is not heard")
    assert set(map(tuple, tab.evaluate(BURSTS))) == {("high", False)}
    assert tab.evaluate(GESTURE) is False
    gesture(tab)
    until(lambda: tab.evaluate(SOUND) == "Sound on", "sound", 5)
    assert tab.evaluate(BANNER) == ""
    assert tab.evaluate(BURSTS)[-1] == ["high", True]


def test_a_bedside_browser_sounds_without_a_gesture(program: Program, kiosk: Browser) -> None:
    tab = Tab(kiosk, program.url)
    until(lambda: tab.evaluate(SOUND) == "Sound on", "sound")
    until(lambda: ["high", True] in tab.evaluate(BURSTS), "the alarm is heard")
    assert tab.evaluate(GESTURE) is False


def test_a_browser_sounds_as_the_rules_say(start: Start, screens: Screens, tmp_path: Path) -> None:
    """Measured in its samples, as those of the station are (tests/alerts/test_tones.py)."""
    program = start("run", "--source", f"csv:{table(tmp_path / 'ward.csv', [(t, 70, 97) for t in range(600)])}")
    page = screens.open(program)
    for priority in PULSES:
        check_burst(np.array(page.evaluate(RENDERED, [priority, RATE])), RATE, priority)


def test_when_nobody_hears_anything_it_is_an_alarm_until_a_screen_is_touched(
    start: Start, live_table: LiveTable, browser: Browser
) -> None:
    program = start("run", "--source", f"csv:{live_table.path}?follow=1")
    tab = Tab(browser, program.url)
    until(lambda: "No alarm sound" in tab.evaluate(STRIP), "T-10", 45)
    click(tab)
    until(lambda: "No alarm sound" not in tab.evaluate(STRIP), "heard again", 10)
