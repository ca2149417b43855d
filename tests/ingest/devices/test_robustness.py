"""Every decoder on any split, on noise, on damage and on the bytes of other devices; `make fuzz` does more of it."""

from collections.abc import Sequence
from itertools import chain, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.drivers import AMBIGUOUS, DEVICES
from ingest.model import Reading
from tests.fuzz.crossfeed import mistaken
from tests.fuzz.damage import KINDS, damage, is_noise_within, stated
from tests.fuzz.noise import noise
from tests.fuzz.streams import capture, numbers, stream

SEED = 1
COUNT = 100_000

every_device = pytest.mark.parametrize("name", DEVICES)


def decoded(name: str, pieces: Sequence[bytes]) -> tuple[list[Reading], object]:
    """The readings, and what was counted."""
    decoder = DEVICES[name]("x")
    readings = list(chain.from_iterable(decoder.feed(piece, 0) for piece in pieces))
    seen = decoder.counters
    assert seen.bytes_in == seen.bytes_framed + seen.bytes_discarded + decoder.held
    return readings, seen


@every_device
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_any_split_of_a_stream_gives_the_same_readings(name: str, data: st.DataObject) -> None:
    """Of the capture, of noise after it, and of three seconds or measurements of the emulated device."""
    said = b"".join(packet for turn in stream(name)[:3] for packet in turn.packets)
    whole = capture(name) + data.draw(st.binary(max_size=30)) + said
    cuts = sorted(data.draw(st.sets(st.integers(1, len(whole) - 1), max_size=60)))
    pieces = [whole[a:b] for a, b in pairwise([0, *cuts, len(whole)])]
    assert decoded(name, pieces) == decoded(name, [whole])


@every_device
def test_byte_by_byte_is_a_split_too(name: str) -> None:
    assert decoded(name, [bytes([byte]) for byte in capture(name)]) == decoded(name, [capture(name)])


@every_device
def test_what_nothing_disturbs_is_read_right(name: str) -> None:
    decoder = DEVICES[name]("x")
    said = [(turn, numbers(decoder.feed(b"".join(turn.packets), 0))) for turn in stream(name)]
    assert all(number in turn.right for turn, shown in said for number in shown)
    assert sum(len(shown) for _, shown in said) >= len(said)
    assert decoder.counters.bytes_discarded == decoder.counters.bad_checksums == 0


@every_device
def test_noise_is_not_believed_nor_kept_and_costs_one_packet_at_most(name: str) -> None:
    found = noise(name, COUNT, SEED)
    assert list(found.faults()) == []
    assert is_noise_within(name, found)


@every_device
@pytest.mark.parametrize("kind", KINDS)
def test_damage_shows_no_more_wrong_numbers_than_the_docstring_states(name: str, kind: str) -> None:
    found, claim = damage(name, kind, COUNT, SEED).shown, stated(name)[kind]
    assert found.is_within(claim), f"{found}, stated are {claim}"


@every_device
def test_the_bytes_of_another_device_are_believed_only_where_that_is_written_down(name: str) -> None:
    assert set(mistaken(name)) == AMBIGUOUS.get(name, frozenset())
