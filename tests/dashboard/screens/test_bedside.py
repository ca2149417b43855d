"""The bedside screen: everything the push writes to is there, it starts stale, and clicks are not trusted."""

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from dash.development.base_component import Component
from hypothesis import given
from hypothesis import strategies as st

import dashboard
from alerts.model import Acknowledge, Command, PauseAudio, ResumeAudio
from dashboard.figures import trend_figure
from dashboard.screens import bedside

ASSETS = Path(dashboard.__file__).parent / "assets"
SCREEN = bedside.layout(trend_figure({}), "Room 2")

WRITTEN = [
    *(
        "bed",
        "session-line",
        "mode",
        "screen",
        "clock",
        "elapsed",
        "phase",
        "started",
        "breathing",
        "fault",
        "pause",
        "pause-left",
        "record",
    ),
    *("strip", "strip-mark", "strip-message", "strip-detail", "strip-second", "strip-ack", "alarms-more"),
    *(
        "hr",
        "hr-age",
        "hr-title",
        "hr-high",
        "hr-low",
        "hr-tile",
        "hr-note",
        "spo2",
        "spo2-age",
        "spo2-high",
        "spo2-low",
        "spo2-tile",
        "spo2-note",
    ),
    *(
        "nibp",
        "nibp-age",
        "nibp-map",
        "nibp-time",
        "nibp-high",
        "nibp-low",
        "nibp-tile",
        "nibp-note",
        "said",
        "command",
        "trends",
    ),
]
WRITTEN += [f"source-{i}" for i in range(4)]
WRITTEN += [f"alarm-{i}{part}" for i in range(5) for part in ("", "-mark", "-text", "-note", "-ack")]


def parts(component: object) -> Iterator[Component]:
    if isinstance(component, list):
        for child in component:
            yield from parts(child)
    elif isinstance(component, Component):
        yield component
        yield from parts(getattr(component, "children", None))


def of_id(id: str) -> Component:
    return next(part for part in parts(SCREEN) if getattr(part, "id", None) == id)


def words(component: object) -> str:
    if isinstance(component, str):
        return component
    if isinstance(component, list):
        return "".join(map(words, component))
    return words(getattr(component, "children", None) or [])


# Layout


def test_every_element_the_push_writes_is_there_once() -> None:
    ids = [id for part in parts(SCREEN) if (id := getattr(part, "id", None))]
    assert len(ids) == len(set(ids))
    assert set(WRITTEN) <= set(ids)


def test_the_page_starts_stale() -> None:
    for value in ("hr", "spo2", "nibp", "nibp-map", "hr-high", "spo2-low", "elapsed", "phase"):
        assert words(of_id(value)) == "--"


def test_the_page_never_starts_by_saying_that_all_is_well() -> None:
    assert words(of_id("strip-message")) == "Connecting …"


def test_what_must_always_be_read_is_on_the_page() -> None:
    assert words(of_id("bed")) == "Room 2"
    assert "Not a cleared medical device" in words(SCREEN)


def test_every_button_has_a_name() -> None:
    buttons = [part for part in parts(SCREEN) if type(part).__name__ == "Button"]
    assert len(buttons) > 10
    assert all(words(button).strip() for button in buttons)


def test_the_strip_is_read_out() -> None:
    strip = {name: getattr(of_id("strip"), name) for name in ("role", "aria-live", "aria-atomic")}
    assert strip == {"role": "alert", "aria-live": "polite", "aria-atomic": "true"}


def test_nothing_comes_from_outside() -> None:
    for asset in [*ASSETS.rglob("*.css"), *ASSETS.rglob("*.js")]:
        assert not re.findall(r"https?://|url\(\s*[\"']?//|@import", asset.read_text("utf-8")), asset.name


def test_every_file_the_style_sheet_names_is_there() -> None:
    for name in re.findall(r"url\(([^)]+)\)", (ASSETS / "bedside.css").read_text("utf-8")):
        assert (ASSETS / name).is_file(), name


# Contrast of the words, after WCAG 2: relative luminance of sRGB colours


def luminance(colour: str) -> float:
    colour = "".join(c * 2 for c in colour[1:]) if len(colour) == 4 else colour[1:]
    r, g, b = (int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4))
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (r, g, b))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def palette(theme: str) -> dict[str, str]:
    colours: dict[str, str] = {}
    for selector in (":root", theme):
        block = (ASSETS / "bedside.css").read_text("utf-8").partition(f"{selector} {{")[2].partition("}")[0]
        colours |= dict(re.findall(r"--([\w-]+): (#\w+)", block))
    return colours


@pytest.mark.parametrize("theme", [":root", ':root[data-theme="night"]'])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *((text, ground) for text in ("text", "soft") for ground in ("ground", "panel", "raised")),
        *((signal, ground) for signal in ("hr", "spo2", "nibp") for ground in ("panel", "tint")),
        *((signal, "dim-yellow") for signal in ("hr", "spo2", "nibp")),
        ("on-yellow", "yellow"),
        ("pale-yellow", "dim-yellow"),
        ("on-red", "red"),
        ("pale-red", "dim-red"),
        ("on-mode", "mode"),
    ],
)
def test_words_stand_out_seven_to_one_in_both_states_of_a_flash(theme: str, text: str, ground: str) -> None:
    colours = palette(theme)
    assert contrast(colours[text], colours[ground]) >= 7


# Clicks


class Station:
    """Answers every command with the same words, or, without words, never."""

    def __init__(self, reason: str | None) -> None:
        self.done: list[Command] = []
        self.futures: list[Future[str]] = []
        self._reason = reason

    def do(self, command: Command) -> Future[str]:
        self.done.append(command)
        self.futures.append(Future())
        if self._reason is not None:
            self.futures[-1].set_result(self._reason)
        return self.futures[-1]


def click(command: str, **more: Any) -> dict[str, Any]:
    return {"command": command, "occurrences": [], "who": "AB", "click": 1, **more}


def say(data: object, station: Station) -> tuple[str, str]:
    return asyncio.run(bedside.answer(data, station, timeout=0.01))


@pytest.mark.parametrize(
    ("data", "command", "said"),
    [
        (click("acknowledge", occurrences=[3, 5]), Acknowledge(0, "AB", (3, 5)), "Acknowledged by AB"),
        (
            click("acknowledge", occurrences=[3], who="bedside"),
            Acknowledge(0, "bedside", (3,)),
            "Acknowledged by bedside",
        ),
        (click("pause-audio", who="rn2"), PauseAudio(0, "rn2"), "Audio paused by rn2"),
        (click("resume-audio"), ResumeAudio(0, "AB"), "Audio on again, by AB"),
    ],
)
def test_a_click_becomes_a_command_and_its_answer_is_said(data: object, command: Command, said: str) -> None:
    station = Station("")
    assert say(data, station) == ("done", said)
    assert station.done == [command]


def test_a_refusal_is_said_in_the_stations_words() -> None:
    assert say(click("acknowledge", occurrences=[3]), Station("alarm 3 has ended")) == (
        "refused",
        "Refused: alarm 3 has ended",
    )


def test_silence_of_the_station_is_not_taken_for_success_nor_does_it_cancel_the_command() -> None:
    station = Station(None)
    state, said = say(click("pause-audio"), station)
    assert (state, said) == ("unconfirmed", "Not confirmed: no answer from the station in 0.01 s")
    station.futures[0].set_result("")  # the station may still answer: its future is its own


def test_a_station_that_breaks_is_said() -> None:
    class Broken:
        def do(self, command: Command) -> Future[str]:
            raise RuntimeError("the station has stopped")

    assert asyncio.run(bedside.answer(click("pause-audio"), Broken())) == (
        "unconfirmed",
        "Not confirmed: the station has stopped",
    )


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "acknowledge",
        {},
        click("shutdown"),
        click("acknowledge"),
        click("acknowledge", occurrences="3"),
        click("acknowledge", occurrences=[True]),
        click("acknowledge", occurrences=[0]),
        click("acknowledge", occurrences=[1.5]),
        click("acknowledge", occurrences=["3"]),
        click("acknowledge", occurrences=[2**60]),
        click("acknowledge", occurrences=list(range(1, 66))),
        click("pause-audio", occurrences=[3]),
        click("pause-audio", who=""),
        click("pause-audio", who="ABCDE"),
        click("pause-audio", who="A B"),
        click("pause-audio", who="AB\n"),
        click("pause-audio", who=7),
    ],
)
def test_what_is_not_a_click_of_ours_is_refused_and_never_reaches_the_station(data: object) -> None:
    station = Station("")
    state, said = say(data, station)
    assert state == "refused"
    assert said.startswith("Refused: ")
    assert station.done == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries(
        {"command": st.sampled_from(["acknowledge", "pause-audio", "resume-audio"]) | JSON},
        optional={"occurrences": JSON | st.lists(st.integers(-2, 9), max_size=3), "who": JSON | st.just("AB")},
    )
    | JSON
)
def test_whatever_comes_from_the_network_is_a_command_or_a_refusal(data: object) -> None:
    parsed = bedside.parse(data)
    if isinstance(parsed, Acknowledge):
        assert parsed.occurrences
        assert all(type(id) is int and id > 0 for id in parsed.occurrences)
    else:
        assert isinstance(parsed, str | PauseAudio | ResumeAudio)
