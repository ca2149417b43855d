"""Cutting frames with a checksum out of a stream: a toy form, `<` two letters and their sum modulo 10 `>`."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.checked_frames import CheckedFrames
from ingest.model import SECOND

FORM = re.compile(rb"(?=(<[a-z<]{2}\d>))")


def frames() -> CheckedFrames:
    return CheckedFrames(FORM, longest=5, is_good=lambda frame: sum(frame[1:3]) % 10 == frame[3] - ord("0"))


def found(data: bytes) -> list[tuple[bytes, bool]]:
    return frames().cut(data, 0)


def test_a_good_frame_is_cut_out_and_the_next_one_is_in_step() -> None:
    # a = 97, b = 98: 195
    assert found(b"<ab5><ab5>") == [(b"<ab5>", False), (b"<ab5>", True)]


def test_a_wrong_checksum_is_counted_once_and_the_frame_discarded() -> None:
    cutter = frames()
    for byte in b"<ab6>.....":
        assert cutter.cut(bytes([byte]), 0) == []
    assert cutter.counters.bad_checksums == 1
    assert (cutter.counters.bytes_discarded, cutter.held) == (6, 4)


def test_noise_between_ends_the_step() -> None:
    assert found(b"<ab5>~<ab5><ab5>") == [(b"<ab5>", False), (b"<ab5>", False), (b"<ab5>", True)]


def test_a_false_beginning_does_not_hide_a_true_frame() -> None:
    assert found(b"<<<ab5>") == [(b"<ab5>", False)]


def test_a_silence_of_more_than_two_seconds_begins_anew() -> None:
    cutter = frames()
    cutter.cut(b"<ab5><a", 0)
    assert cutter.cut(b"b5><ab5>", 2 * SECOND + 1) == [(b"<ab5>", False)]


@pytest.mark.parametrize("pause", [0, 2 * SECOND])
def test_a_shorter_pause_inside_a_frame_costs_nothing(pause: int) -> None:
    cutter = frames()
    cutter.cut(b"<a", 0)
    assert cutter.cut(b"b5>", pause) == [(b"<ab5>", False)]


@settings(deadline=None)
@given(st.lists(st.sampled_from([b"<ab5>", b"<ab6>", b"<", b"<<", b">", b"<a", b"~"])), st.data())
def test_any_split_gives_the_same_frames_and_every_byte_is_accounted_for(
    parts: list[bytes], data: st.DataObject
) -> None:
    stream = b"".join(parts)
    cutter, pieces, at = frames(), list[tuple[bytes, bool]](), 0
    while at < len(stream):
        size = data.draw(st.integers(1, 7))
        pieces += cutter.cut(stream[at : at + size], 0)
        at += size
    assert pieces == found(stream)
    counters = cutter.counters
    assert counters.bytes_in == counters.bytes_framed + counters.bytes_discarded + cutter.held
    assert cutter.held < 5
