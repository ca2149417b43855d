"""Lines cut out of a stream, and readings a second that are believed when they are near the ones before."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.model import SECOND, Condition, DeviceStatus, Observation, Signal
from ingest.oximeter_frames import Said
from ingest.oximeter_lines import Lines, Seconds

NONE = frozenset[Condition]()


def lines() -> Lines:
    return Lines(re.compile(rb"[a-z]+"), longest=5)


def found(data: bytes) -> list[tuple[bytes, bool]]:
    return lines().cut(data, 0)


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\r\n\0"])
def test_whole_lines_follow_each_other_whatever_ends_them(end: bytes) -> None:
    assert found(b"ab" + end + b"cd" + end + b"e") == [(b"ab", False), (b"cd", True)]


def test_a_line_that_is_not_of_the_form_or_too_long_ends_the_step() -> None:
    assert found(b"ab\nA\ncd\nabcdef\nef\ngh\n") == [(b"ab", False), (b"cd", False), (b"ef", False), (b"gh", True)]


def test_a_first_partial_line_is_not_a_disturbance() -> None:
    cutter = lines()
    cutter.cut(b"B\nab\n", 0)
    assert (cutter.counters.resyncs, cutter.counters.bytes_discarded) == (0, 2)
    cutter.cut(b"B\n", 0)
    assert cutter.counters.resyncs == 1


@pytest.mark.parametrize(("silence", "expected"), [(2 * SECOND, [(b"cd", True)]), (2 * SECOND + 1, [])])
def test_a_longer_silence_begins_anew(silence: int, expected: list[tuple[bytes, bool]]) -> None:
    cutter = lines()
    cutter.cut(b"ab\nc", 0)
    assert [one for one in cutter.cut(b"d\n", silence) if one[1]] == expected


def test_a_line_without_end_is_not_kept() -> None:
    cutter = lines()
    for _ in range(100):
        cutter.cut(b"abc", 0)
        assert cutter.held <= 6
    assert cutter.cut(b"\nab\n", 0) == [(b"ab", False)]


@given(st.lists(st.sampled_from([b"ab\r\n", b"abcdef", b"A\n", b"\n", b"\0", b"a", b" "])), st.data())
def test_any_split_gives_the_same_lines_and_every_byte_is_accounted_for(
    parts: list[bytes], data: st.DataObject
) -> None:
    stream = b"".join(parts)
    whole, split, pieces, at = lines(), lines(), list[tuple[bytes, bool]](), 0
    while at < len(stream):
        size = data.draw(st.integers(1, 7))
        pieces += split.cut(stream[at : at + size], 0)
        at += size
    assert pieces == whole.cut(stream, 0)
    assert split.counters == whole.counters
    counters = split.counters
    assert counters.bytes_in == counters.bytes_framed + counters.bytes_discarded + split.held


def shown(*said: tuple[float | None, bool] | float | None) -> list[float | None]:
    """The rates shown of those said one after the other; (rate, False) comes after a disturbance."""
    seconds = Seconds("x", (Signal.PR,), near=(10,))
    for one in said:
        rate, in_step = one if isinstance(one, tuple) else (one, True)
        what: Said = (rate,), NONE
        seconds.take(what, in_step, 0)
    return [reading.value for reading in seconds.drain() if isinstance(reading, Observation)]


def test_two_that_are_near_are_believed() -> None:
    assert shown((70, False)) == []
    assert shown((70, False), 80) == [80]
    assert shown((70, False), 81) == []


def test_one_wrong_number_is_passed_over_and_a_true_jump_shows_one_line_late() -> None:
    assert shown((70, False), 70, 170, 71) == [70, 71]
    assert shown((70, False), 70, 170, 171) == [70, 171]


def test_no_reading_is_believed_at_once_and_a_number_after_it_is_not() -> None:
    assert shown((70, False), 70, None, 70, 71) == [70, None, 71]
    assert shown((70, False), 70, None, None, 150, 151) == [70, None, None, 151]


def test_after_a_disturbance_the_last_number_that_counted_is_forgotten() -> None:
    assert shown((70, False), 70, (150, False), 70) == [70]


def test_its_state_is_told_when_it_changes_and_again_after_a_disturbance() -> None:
    seconds = Seconds("x", (Signal.PR,), near=None)
    low = frozenset({Condition.LOW_SIGNAL})
    for state, in_step in [(NONE, False), (NONE, True), (NONE, True), (low, True), (low, False), (low, True)]:
        seconds.take(((70,), state), in_step, 0)
    states = [reading.conditions for reading in seconds.drain() if isinstance(reading, DeviceStatus)]
    assert states == [NONE, low, low]
