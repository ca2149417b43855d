"""The pleth, from an oximeter's bytes to the pixels of its canvas.

By hand: 25 mm/s are 94.5 pixels a second at 96 to the inch; between 8 and 10 s are across the canvas, so on one wider
than 945 pixels 10 s are, and each of 75 beats a minute takes 0.8 s: 8 % of its width.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Screens, Start
from tests.browser.oximeter import Oximeter
from tests.browser.program import PATIENCE_S, Program, until

pytestmark = [pytest.mark.browser, pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals")]

WIDE: dict[str, Any] = {"viewport": {"width": 1920, "height": 1080}}
ACROSS_S = 10
BEHIND_S = 0.6
"""How far the edge is behind the device at most: 0.2 s of samples at a time, 0.2 s to spare, and a busy machine."""

LOOK = """() => {
    const {width, height} = document.getElementById('pleth-trace');
    const pen = Object.assign(document.createElement('canvas'), {width, height})
        .getContext('2d', {willReadFrequently: true});
    pen.drawImage(document.getElementById('pleth-trace'), 0, 0);
    const {data} = pen.getImageData(0, 0, width, height), alpha = (x, y) => data[4 * (y * width + x) + 3];
    const tops = Array.from({length: width}, (_, x) => {
        for (let y = 0; y < height; y++) if (alpha(x, y) > 128) return y;
        return -1;
    });
    let solid = 0;
    while (solid < width * height && data[4 * solid + 3] < 255) solid++;
    return {at: performance.now() / 1000, height, tops, colour: [...data.slice(4 * solid, 4 * solid + 3)]};
}"""

expect.set_options(timeout=PATIENCE_S * 1000)


@dataclass(frozen=True, slots=True)
class Look:
    """The canvas at `at` (seconds of the page): how far from above the line begins in each column, -1 for no line."""

    at: float
    height: int
    tops: list[int]
    colour: list[int]

    @property
    def drawn(self) -> set[int]:
        """The columns with a line."""
        return {x for x, top in enumerate(self.tops) if top >= 0}

    @property
    def gaps(self) -> list[range]:
        """Runs of columns without one."""
        borders = [-1, *sorted(self.drawn), len(self.tops)]
        return [range(a + 1, b) for a, b in pairwise(borders) if b > a + 1]

    @property
    def edge(self) -> int:
        """Where the line is being drawn: the last column before the widest gap, which may go around the end."""
        columns = sorted(self.drawn)
        following = [*columns[1:], columns[0] + len(self.tops)]
        return max(zip(columns, following, strict=True), key=lambda pair: pair[1] - pair[0])[0]

    @property
    def beats(self) -> list[float]:
        """The middles of the peaks: runs of columns that reach the upper quarter."""
        high = [x for x, top in enumerate(self.tops) if 0 <= top < self.height / 4]
        starts = [x for x in high if x - 1 not in high]
        ends = [x for x in high if x + 1 not in high]
        return [(a + b) / 2 for a, b in zip(starts, ends, strict=True)]

    def seconds(self, columns: float) -> float:
        """How long it takes to draw so many."""
        return columns / len(self.tops) * ACROSS_S

    def age(self, column: int) -> float:
        """Seconds since the edge was at a column."""
        return self.seconds((self.edge - column) % len(self.tops))


def look(page: Page) -> Look:
    return Look(**page.evaluate(LOOK))


def is_drawn(seen: Look) -> bool:
    """Any line."""
    return bool(seen.drawn)


def is_full(seen: Look) -> bool:
    """The line goes from one end to the other, but for the gap ahead of its edge (at either end it may be in two)."""
    return 15 < len(seen.tops) - len(seen.drawn) < 40 and len(seen.gaps) <= 2


def is_seen(seen: Look) -> bool:
    """Two seconds of a line in one piece, and its edge not about to go around the end."""
    return 200 < seen.edge < len(seen.tops) - 200 and seen.drawn.issuperset(range(seen.edge - 200, seen.edge))


def wait_for(page: Page, is_so: Callable[[Look], bool]) -> Look:
    """The first look that is so: on a busy machine a line may have an interruption."""
    looks: list[Look] = []

    def is_there() -> bool:
        looks.append(look(page))
        return is_drawn(looks[-1]) and is_so(looks[-1])

    until(is_there, is_so.__name__)
    return looks[-1]


@pytest.fixture
def oximeter() -> Iterator[Oximeter]:
    with closing(Oximeter(pulse=75)) as oximeter:
        yield oximeter


@pytest.fixture
def program(start: Start, oximeter: Oximeter) -> Program:
    return start("run", "--source", oximeter.source)


@pytest.fixture
def page(screens: Screens, program: Program) -> Page:
    return screens.open(program, **WIDE)


def test_75_beats_a_minute_are_8_percent_of_the_width_each(page: Page) -> None:
    seen = wait_for(page, is_full)
    width = len(seen.tops)
    assert width > 945
    beats = [b - a for a, b in pairwise(seen.beats) if not a < seen.edge < b]
    assert len(beats) >= 9
    assert median(beats) == pytest.approx(0.08 * width, rel=0.03)  # single ones catch up a start that was late
    assert seen.colour == pytest.approx([0x58, 0xD3, 0xF2], abs=2)
    expect(page.locator("#pleth-note")).to_be_hidden()

    page.click("#theme")
    until(lambda: look(page).colour == pytest.approx([0x50, 0xB8, 0xD3], abs=2), "the colour of the night")


def test_only_the_edge_moves_and_at_constant_speed(page: Page) -> None:
    """While a busy machine leaves it alone: it may hold up the oximeter, and frames, which then show an old edge."""

    def is_so() -> bool:
        looks = [wait_for(page, is_seen)]
        while looks[-1].at < looks[0].at + 1:
            looks.append(look(page))
        first, last = looks[0], looks[-1]
        late = [seen.at - seen.seconds(seen.edge) for seen in looks if seen.drawn]
        half = len(late) // 2
        changed = {x for x, (a, b) in enumerate(zip(first.tops, last.tops, strict=True)) if a != b}
        near = range(first.edge - 10, last.edge + 24 + 30)
        return len(changed) > 50 and changed.issubset(near) and abs(min(late[:half]) - min(late[half:])) < 0.05

    until(is_so, "a line that grows evenly at its edge")


def test_a_screen_that_comes_sees_what_was_before_it_came(page: Page) -> None:
    """More seconds of a line than it is there for; if loading took so long that it had slept, it begins anew."""
    wait_for(page, is_full)

    def sees_the_past() -> bool:
        page.reload()
        until(lambda: page.locator("#pleth[data-state='live']").count(), "the trace")
        seen = wait_for(page, is_drawn)
        return seen.seconds(len(seen.drawn)) > seen.at + 2

    until(sees_the_past, "the past")


def test_when_samples_stop_the_trace_ends_and_goes_and_the_server_says_why(page: Page, oximeter: Oximeter) -> None:
    wait_for(page, is_seen)
    oximeter.fall_silent()
    looks = [look(page)]
    silent = looks[0].at
    while looks[-1].drawn:
        assert looks[-1].at < silent + PATIENCE_S
        looks.append(look(page))
    assert looks[-1].at - silent <= 5  # 1.6 s where nothing else keeps the machine busy
    nothing_new = [seen for seen in looks if seen.at > silent + BEHIND_S + 0.2]
    assert all(after.drawn <= before.drawn for before, after in pairwise(nothing_new))
    expect(page.locator("#pleth-note")).to_have_text("no pleth: no data")
    expect(page.locator("#pleth-note")).to_be_visible()

    oximeter.speak()
    back = page.evaluate("performance.now() / 1000")
    expect(page.locator("#pleth-note")).to_be_hidden()
    until(lambda: len(look(page).drawn) > 100, "a trace again")
    again = look(page)
    assert max(map(again.age, again.drawn)) < again.at - back


def test_a_finger_that_is_out_is_no_line(page: Page, oximeter: Oximeter) -> None:
    wait_for(page, is_seen)
    oximeter.finger(False)
    expect(page.locator("#pleth-note")).to_have_text("no pleth: probe off")
    expect(page.locator("#pleth-note")).to_be_visible()
    assert look(page).drawn == set()


def test_after_a_lost_link_nothing_is_drawn_twice(page: Page, program: Program, screens: Screens) -> None:
    """A display that is looked at again asks for everything: what it had drawn is sent again, and is not of now."""
    screens.expect_no_contact()
    wait_for(page, is_seen)
    program.freeze()
    expect(page.locator("#link-banner")).to_be_visible()
    assert look(page).drawn == set()
    program.thaw()
    back = page.evaluate("document.dispatchEvent(new Event('visibilitychange')); performance.now() / 1000")
    until(lambda: len(look(page).drawn) > 100, "a trace again")
    again = look(page)
    assert max(map(again.age, again.drawn)) < again.at - back + 0.2


def test_people_who_want_little_motion_see_it_move_once_a_second(screens: Screens, program: Program) -> None:
    page = screens.open(program, **WIDE, reduced_motion="reduce")
    wait_for(page, is_seen)
    looks = [look(page)]
    while looks[-1].at < looks[0].at + 3.5:
        looks.append(look(page))
    assert 2 <= len({seen.edge for seen in looks if seen.drawn}) <= 5
    assert len(looks) > 20
