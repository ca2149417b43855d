"""The DINAMAP monitor: the literals of two public programs, and an age that must fall before a number is new."""

import pytest

from ingest.devices.dinamap import CANCEL, POLLS, START, Dinamap
from ingest.model import SECOND, Condition, DeviceState, DeviceStatus, NibpReading, Observation, Reading, Signal

MEASURING = frozenset({Condition.MEASURING})


def reply(text: str) -> bytes:
    """With its check: per character its code less 1F hex; below 1000 hex in all of them here."""
    total = sum(ord(character) - 0x1F for character in text)
    return f"{text}{chr(0x20 + total // 64)}{chr(0x20 + total % 64)}\r".encode()


def age(counter: int, status: int = 1, pressures: str = "122077092") -> bytes:
    return reply(f" NA{status}00{counter:04}{pressures}")


def cuff(readings: list[Reading]) -> list[tuple[object, ...]]:
    return [(r.sys, r.dia, r.map, r.error) for r in readings if isinstance(r, NibpReading)]


def decoded(*replies: bytes) -> list[tuple[object, ...]]:
    return cuff(Dinamap("x").feed(b"".join(replies), 0))


@pytest.mark.parametrize("literal", [" NA!2", " NC0!E", " ND!5", " OA!3", " RA!6", " RC!8"])
def test_the_check_of_every_literal_there_is(literal: str) -> None:
    decoder = Dinamap("x")
    decoder.feed(literal.encode() + b"\r", 0)
    assert decoder.counters.frames == 1


def test_the_requests_are_those_literals() -> None:
    assert {START, CANCEL, *POLLS} == {b" NC0!E\r", b" ND!5\r", b" OA!3\r", b" RA!6\r", b" NA!2\r"}


@pytest.mark.parametrize("rate", [30, 127, 128, 150, 200, 250])
def test_rates(rate: int) -> None:
    readings = Dinamap("x").feed(2 * reply(f" RA2{rate:03}") + reply(f" RA2{rate:04}"), 0)
    assert readings == [Observation(0, "x", Signal.PR, rate)] * 2  # the first is not yet believed


@pytest.mark.parametrize("text", [" RA1072", " RA2---", " RA2000", " RA2301", " OA0097", " OA1---", " OA1101", " OA1"])
def test_what_is_no_reading(text: str) -> None:
    values = [r.value for r in Dinamap("x").feed(2 * reply(text), 0) if isinstance(r, Observation)]
    assert values == [None]


def test_a_determination_is_new_when_its_age_has_fallen() -> None:
    assert decoded(age(100), age(101), age(0), age(1)) == [(122, 77, 92, None)]


def test_what_was_measured_before_is_not_said() -> None:
    assert decoded(age(100), age(101)) == []
    decoder = Dinamap("x")
    decoder.feed(age(100), 0)
    assert cuff(decoder.feed(age(1), 3 * SECOND)) == []  # another monitor may be on the cable


@pytest.mark.parametrize("status", [0, 2])
def test_a_status_that_is_not_valid_gives_no_number(status: int) -> None:
    assert decoded(age(100), age(0, status)) == []


def test_a_failure_is_said_once() -> None:
    assert decoded(age(100), age(0, 3), age(1, 3)) == [(None, None, None, "error status 3")]
    assert decoded(age(100, 3), age(101, 3)) == []
    assert decoded(age(100, 3), age(0, 3)) == [(None, None, None, "error status 3")]


def test_anything_that_is_not_digits_is_no_number() -> None:
    assert decoded(age(100), age(0, pressures="---------")) == []
    assert decoded(age(100), reply(" NA100----122077092"), age(101)) == []


def test_it_asks_in_turn_and_a_start_takes_a_turn() -> None:
    decoder = Dinamap("x")
    assert {decoder.due(turn * SECOND // 3) for turn in range(3)} == set(POLLS)
    decoder.start_nibp()
    assert decoder.due(SECOND) == START
    assert decoder.feed(b"", SECOND) == [DeviceStatus(SECOND, "x", DeviceState.CONNECTED, "", MEASURING)]
    assert START not in {decoder.due(SECOND + turn * SECOND // 3) for turn in range(1, 90)}


def test_a_cancel_goes_out_at_once_and_any_reply_to_it_is_the_end() -> None:
    decoder = Dinamap("x")
    decoder.start_nibp()
    decoder.due(0)
    decoder.stop_nibp()
    assert decoder.due(1) == CANCEL
    assert cuff(decoder.feed(reply(" ND"), 2)) == [(None, None, None, "stopped")]
