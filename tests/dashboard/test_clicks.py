"""Clicks are not trusted: each becomes a command or a refusal, and its answer is never a guess."""

import asyncio
from concurrent.futures import Future
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.model import (
    Acknowledge,
    Command,
    End,
    PauseAudio,
    Phase,
    ResumeAudio,
    SetCuffInterval,
    SetPhase,
    StartCuff,
    StopCuff,
    TrySound,
)
from alerts.profiles import load_profile
from alerts.receipts import Receipt, receipt
from dashboard import clicks
from ingest.model import SECOND, DeviceConfiguration, Observation, Signal


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
    return asyncio.run(clicks.answer(data, station, timeout=0.01))


@pytest.mark.parametrize(
    ("data", "command", "said"),
    [
        (click("acknowledge", occurrences=[3, 5], seen="high"), Acknowledge(0, "AB", (3, 5)), "Acknowledged by AB"),
        (
            click("acknowledge", occurrences=[3], seen="high", who="bedside"),
            Acknowledge(0, "bedside", (3,)),
            "Acknowledged by bedside",
        ),
        (click("pause-audio", who="rn2"), PauseAudio(0, "rn2"), "Audio paused by rn2"),
        (click("resume-audio"), ResumeAudio(0, "AB"), "Audio on again, by AB"),
        (click("start-cuff"), StartCuff(0, "AB"), "The cuff was told to measure"),
        (click("stop-cuff"), StopCuff(0, "AB"), "The cuff was told to stop"),
        (click("try-sound"), TrySound(0, "AB"), "The high alarm sounds now: is it heard?"),
        (click("sound-heard"), TrySound(0, "AB", True), "Noted: heard by AB"),
        (click("sound-not-heard"), TrySound(0, "AB", False), "Noted: NOT heard by AB"),
        (click("set-cuff-interval", seconds=150), SetCuffInterval(0, "AB", 150), "The cuff measures every 2.5 min"),
        (click("set-cuff-interval", seconds=None), SetCuffInterval(0, "AB", None), "The cuff measures only when told"),
    ],
)
def test_a_click_becomes_a_command_and_its_answer_is_said(data: object, command: Command, said: str) -> None:
    station = Station("")
    assert say(data, station) == ("done", said)
    assert station.done == [command]


def test_a_refusal_is_said_in_the_stations_words() -> None:
    assert say(click("acknowledge", occurrences=[3], seen="high"), Station("alarm 3 has ended")) == (
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

    assert asyncio.run(clicks.answer(click("pause-audio"), Broken())) == (
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
        click("acknowledge", occurrences=[3]),
        click("acknowledge", occurrences=[3], seen="dire"),
        click("acknowledge", occurrences=[True]),
        click("acknowledge", occurrences=[0]),
        click("acknowledge", occurrences=[1.5]),
        click("acknowledge", occurrences=["3"]),
        click("acknowledge", occurrences=[2**60]),
        click("acknowledge", occurrences=list(range(1, 66))),
        click("pause-audio", occurrences=[3]),
        click("start-cuff", occurrences=[3]),
        click("set-cuff-interval", seconds=59),
        click("set-cuff-interval", seconds=3601),
        click("set-cuff-interval", seconds=True),
        click("set-cuff-interval", seconds="300"),
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


COMMANDS = st.sampled_from(["acknowledge", "pause-audio", "resume-audio", "start-cuff", "set-cuff-interval"])
MORE = {
    "occurrences": JSON | st.lists(st.integers(-2, 9), max_size=3),
    "who": JSON | st.just("AB"),
    "seconds": JSON,
    "seen": JSON | st.just("low"),
}


@given(st.fixed_dictionaries({"command": COMMANDS | JSON}, optional=MORE) | JSON)
def test_whatever_comes_from_the_network_is_a_command_or_a_refusal(data: object) -> None:
    parsed = clicks.parse(data)
    if isinstance(parsed, SetCuffInterval):
        assert parsed.seconds is None or 60 <= parsed.seconds <= 3600
    if isinstance(parsed, Acknowledge):
        assert parsed.occurrences
        assert all(type(id) is int and id > 0 for id in parsed.occurrences)
    else:
        assert isinstance(parsed, str | PauseAudio | ResumeAudio | StartCuff | SetCuffInterval)


class Knowing(Station):
    """A station that has had one alarm: SpO2 88 for 15 s."""

    def receipt(self, occurrence: int) -> Receipt:
        samples = [Observation(t * SECOND, "m", Signal.SPO2, 88) for t in range(20)]
        begin = DeviceConfiguration(0, "m", frozenset({Signal.SPO2})), SetPhase(0, "AB", Phase.INFUSION, "a test")
        return receipt([*begin, *samples, End(20 * SECOND)], load_profile("iv-ketamine"), occurrence)


def test_an_alarm_says_why_it_came() -> None:
    words = clicks.why({"occurrence": 1}, Knowing("")).splitlines()
    assert words[0] == "Alarm 1, rule O2-2: SpO2 88 < 90 for 15 s"
    assert "  limit      SpO2 < 90" in words
    assert any(line.startswith("  profile    iv-ketamine, sha256 ") for line in words)


@pytest.mark.parametrize("data", [None, {}, {"occurrence": "1"}, {"occurrence": True}, {"occurrence": 0}])
def test_what_is_no_alarm_has_no_receipt(data: object) -> None:
    assert clicks.why(data, Knowing("")) == "no such alarm"


def test_an_alarm_that_never_was_has_no_receipt() -> None:
    assert clicks.why({"occurrence": 7}, Knowing("")).startswith("no alarm 7")
