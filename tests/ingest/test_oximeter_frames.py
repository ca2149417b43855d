"""What holds for every oximeter without a checksum: any split, any noise, two frames before a value."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.devices import Decoder
from ingest.devices.berry_bci import BerryBci
from ingest.devices.contec_5byte import Contec5Byte
from ingest.devices.contec_v7 import ContecV7
from ingest.model import SECOND, Condition, DeviceStatus, Observation, Reading, Signal, Waveform
from ingest.oximeter_frames import runs


@dataclass(frozen=True)
class Device:
    """A decoder with frames of its device, written out by hand: 75 bpm, 97 %; 150 bpm, 97 %; finger out."""

    make: Callable[[str], Decoder]
    calm: bytes
    fast: bytes
    out: bytes
    rate: int

    def beating(self, pleth: int, bar: int = 6, beep: int = 0) -> bytes:
        """The calm frame at another place of the pulse."""
        flags = 2 if len(self.calm) == 9 else 0
        frame = bytearray(self.calm)
        frame[flags] |= beep << 6
        frame[flags + 1] = frame[flags + 1] & 0x80 | pleth
        frame[flags + 2] = frame[flags + 2] & 0xF0 | bar
        return bytes(frame)


DEVICES = [
    Device(Contec5Byte, bytes.fromhex("8840064B61"), bytes.fromhex("8840461661"), bytes.fromhex("8000307F7F"), 60),
    Device(BerryBci, bytes.fromhex("8840064B61"), bytes.fromhex("8840461661"), bytes.fromhex("8000507F7F"), 100),
    Device(
        ContecV7,
        bytes.fromhex("01A088C086CBE1F080"),
        bytes.fromhex("01E888C09696E1FFFF"),
        bytes.fromhex("01E980C090FFFFFFFF"),
        60,
    ),
]
every_device = pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.make.__name__)
noise = partial(st.binary, max_size=400)
unhurried = settings(deadline=None)


def rates(readings: list[Reading]) -> list[float | None]:
    return [r.value for r in readings if isinstance(r, Observation) and r.signal is Signal.PR]


def samples(readings: list[Reading]) -> list[int]:
    return [len(r.values) for r in readings if isinstance(r, Waveform)]


# Runs


def test_a_run_is_frames_of_one_form_that_agree_in_its_groups() -> None:
    form = re.compile(runs(rb"a[xy](\d)", rb"b(\d)"))
    found = [match.group() for match in form.finditer(b"ax1ay1ax2b2b2b3ay3")]
    assert found == [b"ax1ay1", b"ax2", b"b2b2", b"b3", b"ay3"]


@every_device
def test_a_beating_heart_is_one_run_with_every_sample_in_its_place(device: Device) -> None:
    decoder, fifth = device.make("x"), device.rate // 5
    beat = [device.beating(pleth, bar=pleth % 16, beep=pleth % 2) for pleth in range(1, 1 + 2 * fifth)]
    waves = [r.values for r in decoder.feed(b"".join(beat), 0) if isinstance(r, Waveform)]
    assert waves == [tuple(range(2, 2 + fifth))]
    assert decoder.counters.frames == 2 * fifth


@every_device
def test_a_frame_that_differs_in_any_bit_from_a_run_is_read_as_if_it_came_alone(device: Device) -> None:
    for place, bit in product(range(len(device.calm)), range(8)):
        changed = bytearray(device.calm)
        changed[place] ^= 1 << bit
        frames = 3 * [device.calm] + 3 * [bytes(changed)]
        whole, split = device.make("x"), device.make("x")
        assert whole.feed(b"".join(frames), 0) == [r for frame in frames for r in split.feed(frame, 0)], (place, bit)


# Trust


@every_device
def test_one_frame_is_not_believed_two_are(device: Device) -> None:
    decoder = device.make("x")
    assert decoder.feed(device.calm, 0) == []
    readings = decoder.feed(device.calm, 17_000)
    assert isinstance(readings[0], DeviceStatus)
    assert rates(readings) == [75]


@every_device
def test_a_single_frame_that_says_something_else_is_passed_over(device: Device) -> None:
    readings = device.make("x").feed(2 * device.calm + device.fast + 2 * device.calm, 0)
    assert rates(readings) == [75]


@every_device
def test_after_a_lost_byte_two_frames_are_needed_again(device: Device) -> None:
    decoder = device.make("x")
    decoder.feed(2 * device.calm + device.fast[:-1], 0)
    assert rates(decoder.feed(device.fast, 0)) == []
    assert rates(decoder.feed(device.fast, 0)) == [150]
    assert decoder.counters.resyncs == 1
    assert decoder.counters.bytes_discarded == len(device.fast) - 1


@every_device
def test_a_frame_after_a_lost_byte_does_not_repeat_the_one_before_it(device: Device) -> None:
    decoder = device.make("x")
    decoder.feed((1 + device.rate) * device.calm + device.calm[:-1], 0)
    assert rates(decoder.feed(device.calm, 0)) == []
    assert rates(decoder.feed(device.calm, 0)) == [75]


@every_device
@pytest.mark.parametrize(("silence", "expected"), [(2 * SECOND, [150]), (2 * SECOND + 1, [])])
def test_after_two_seconds_of_silence_everything_begins_anew(
    device: Device, silence: int, expected: list[float]
) -> None:
    decoder = device.make("x")
    decoder.feed(3 * device.calm + device.fast, 5 * SECOND)
    assert rates(decoder.feed(device.fast, 5 * SECOND + silence)) == expected


@every_device
def test_a_frame_begun_before_the_silence_is_not_completed_after_it(device: Device) -> None:
    decoder = device.make("x")
    decoder.feed(device.calm[:3], 0)
    decoder.feed(device.calm[3:] + device.calm, 3 * SECOND)
    assert decoder.counters.frames == 1
    assert decoder.counters.bytes_discarded == len(device.calm)


# Pace


@every_device
def test_an_unchanged_value_is_said_once_a_second_of_frames(device: Device) -> None:
    assert rates(device.make("x").feed((2 + 3 * device.rate) * device.calm, 0)) == [75, 75, 75, 75]


@every_device
def test_frames_that_are_not_repeated_count_for_the_second(device: Device) -> None:
    decoder = device.make("x")
    decoder.feed(2 * device.calm, 0)
    restless = device.rate * (device.fast + device.calm)
    assert rates(decoder.feed(restless + device.calm, 0)) == [75]
    assert rates(decoder.feed((device.rate - 1) * device.calm, 0)) == []
    assert rates(decoder.feed(device.calm, 0)) == [75]


@every_device
def test_no_reading_is_said_as_often(device: Device) -> None:
    readings = device.make("x").feed((2 + 3 * device.rate) * device.out, 0)
    assert rates(readings) == [None] * 4
    statuses = [r.conditions for r in readings if isinstance(r, DeviceStatus)]
    assert len(statuses) == 1
    assert Condition.PROBE_OFF in statuses[0]


@every_device
def test_pleth_comes_in_stretches_of_a_fifth_of_a_second(device: Device) -> None:
    decoder, fifth = device.make("x"), device.rate // 5
    waves = [r for r in decoder.feed((1 + 2 * fifth) * device.calm, SECOND) if isinstance(r, Waveform)]
    assert [(w.t, w.fs, w.values) for w in waves] == [(800_000, device.rate, (64,) * fifth)] * 2


@every_device
def test_pleth_has_no_samples_of_a_finger_that_is_not_there(device: Device) -> None:
    readings = device.make("x").feed(5 * device.calm + 50 * device.out + 5 * device.calm + device.out, 0)
    assert samples(readings) == [4, 5]


# Whatever comes


@every_device
@unhurried
@given(st.data())
def test_any_split_of_a_stream_gives_the_same_readings(device: Device, data: st.DataObject) -> None:
    beat = st.builds(device.beating, st.integers(0, 127), st.integers(0, 15), st.integers(0, 1))
    part = st.sampled_from([device.calm, device.fast, device.out, b"\x00", b"\xff"]) | beat
    parts = part | st.builds(bytes.__mul__, part, st.integers(1, 130)) | noise(max_size=12)
    stream = b"".join(data.draw(st.lists(parts, max_size=40)))
    frame_by_frame = [*range(0, len(stream), len(device.calm))]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=20) | st.just(frame_by_frame)))
    whole, split = device.make("x"), device.make("x")
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert [r for piece in pieces for r in split.feed(piece, 0)] == whole.feed(stream, 0)
    assert split.counters == whole.counters


@every_device
@unhurried
@given(noise(), noise())
def test_after_any_noise_two_frames_are_enough(device: Device, before: bytes, between: bytes) -> None:
    decoder = device.make("x")
    decoder.feed(before, 0)
    decoder.feed(device.calm + between, 0)
    assert rates(decoder.feed(2 * device.fast, 0)) == [150]


@every_device
@unhurried
@given(st.data())
def test_every_byte_is_counted_and_none_is_kept_for_long(device: Device, data: st.DataObject) -> None:
    decoder = device.make("x")
    for piece in data.draw(st.lists(noise(), max_size=10)):
        decoder.feed(piece, 0)
        seen = decoder.counters
        assert seen.bytes_in == seen.bytes_framed + seen.bytes_discarded + decoder.held
        assert decoder.held < 9


@every_device
@unhurried
@given(st.data())
def test_a_frame_changed_in_one_byte_never_shows_a_wrong_number(device: Device, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(device.calm) - 1))
    changed = bytearray(device.calm)
    changed[place] = data.draw(st.integers(0, 255))
    readings = device.make("x").feed(3 * device.calm + bytes(changed) + 3 * device.calm, 0)
    assert set(rates(readings)) == {75}  # a packet that says goodbye has it told again
