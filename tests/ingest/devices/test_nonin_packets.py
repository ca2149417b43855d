"""Data formats 2 and 7: a packet of a real device, and packets made by hand from the vendor's tables."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from ingest.devices.nonin_packets import NoninDf2, NoninDf7
from ingest.lines import json_lines
from ingest.model import SECOND, Condition, DeviceStatus, Observation, Reading, Signal, Waveform

CAPTURES = Path(__file__).parents[3] / "sample_data" / "captures"
REAL = bytes.fromhex("""
    01814300C5 0180434A0E 0180436024 0180439458 01804300C4 01804100C2 01803E17D6 01803C04C1 018039601A
    0180366017 0180356016 01803400B5 01803400B5 01803400B5 0180354A00 0180366017 0180376018 01803A00BB
    01804000C1 01804A00CB 0180574A22 01806900EA 01807C4A47 0180900011 0180A10022
""")
"""One packet of a real device, quoted in a comment of mattjlewis/NoninPulseOx."""
CALM = (0x80,) * 25
PROBE_OFF, NO_SENSOR = Condition.PROBE_OFF, Condition.NO_SENSOR


def packet(
    rate: int = 75, spo2: int = 97, statuses: Sequence[int] = CALM, stat2: int = 0, head: bytes = b"\x01", wave: int = 9
) -> bytes:
    """25 frames, the numbers in the display's places only; `head` and `wave` make it format 2 or 7."""
    values = [0] * 25
    values[7], values[8], values[19], values[20] = stat2, spo2, rate >> 7, rate & 0x7F
    frames = b""
    for place in range(25):
        status = bytes([statuses[place] | (place == 0)])
        frame = head + status + bytes([wave, values[place]]) if head else status + bytes([wave, 1, values[place]])
        frames += frame + bytes([sum(frame) % 256])
    return frames


def told(*packets: bytes) -> list[Reading]:
    return NoninDf2("x").feed(b"".join(packets), 0)


def numbers(readings: list[Reading]) -> list[float | None]:
    return [reading.value for reading in readings if isinstance(reading, Observation)]


def conditions(readings: list[Reading]) -> list[set[Condition]]:
    return [set(reading.conditions) for reading in readings if isinstance(reading, DeviceStatus)]


@pytest.mark.parametrize(("device", "name"), [(NoninDf2, "nonin-df2"), (NoninDf7, "nonin-df7")])
def test_the_capture_gives_the_readings_written_beside_it(device: type[NoninDf2], name: str) -> None:
    readings = device("x").feed((CAPTURES / f"{name}.bin").read_bytes(), 0)
    expected = (CAPTURES / f"{name}.jsonl").read_text("utf-8").splitlines()
    assert [line for reading in readings for line in json_lines(reading)] == [json.loads(line) for line in expected]


def test_the_packet_of_a_real_device() -> None:
    wave, status, pr, spo2 = told(REAL, REAL)
    assert isinstance(wave, Waveform)
    assert wave.values[:4] == (0x43, 0x43, 0x43, 0x43)
    assert (wave.values[-1], wave.fs, len(wave.values)) == (0xA1, 75, 25)
    assert conditions([status]) == [set()]
    assert numbers([pr, spo2]) == [74, 96]


@pytest.mark.parametrize("rate", [18, 75, 127, 128, 150, 200, 250, 255, 256, 321])
def test_the_rate_has_nine_bits_in_two_bytes(rate: int) -> None:
    assert numbers(told(2 * packet(rate))) == [rate, 97]
    assert numbers(NoninDf7("x").feed(2 * packet(rate, head=b""), 0)) == [rate, 97]


def test_511_and_127_are_no_reading() -> None:
    assert numbers(told(2 * packet(511, 98))) == [None, 98]
    assert numbers(told(2 * packet(80, 127))) == [80, None]
    readings = told(2 * packet(511, 127))
    assert numbers(readings) == [None, None]
    assert conditions(readings) == [{Condition.SEARCHING}]


@pytest.mark.parametrize(("bit", "condition"), [(0x08, PROBE_OFF), (0x40, NO_SENSOR)])
def test_numbers_the_display_still_holds_are_no_reading_when_the_finger_is_out(bit: int, condition: Condition) -> None:
    """Even if only the last frame of the packet says so; and there is no pulse wave then."""
    readings = told(2 * packet(), packet(statuses=[*CALM[1:], 0x80 | bit]))
    assert numbers(readings) == [75, 97, None, None]
    assert conditions(readings) == [set(), {condition}]
    assert sum(isinstance(reading, Waveform) for reading in readings) == 1


@pytest.mark.parametrize(
    ("statuses", "stat2", "expected"),
    [
        ((0x90,) * 25, 0, {Condition.ARTEFACT}),  # out of track
        ([*CALM[12:], *(0xA2,) * 12], 0, {Condition.ARTEFACT}),  # artefact in this pulse
        ([*CALM[12:], *(0x82,) * 12], 0, set()),  # green
        ([*CALM[12:], *(0x86,) * 12], 0, {Condition.LOW_SIGNAL}),  # yellow
        ([*CALM[12:], *(0x84,) * 12], 0, {Condition.LOW_PERFUSION}),  # red
        (CALM, 0x01, {Condition.LOW_BATTERY}),
        (CALM, 0x7E, set()),  # SmartPoint and reserved bits
    ],
)
def test_a_technical_state_is_told_beside_the_numbers(
    statuses: Sequence[int], stat2: int, expected: set[Condition]
) -> None:
    readings = told(2 * packet(statuses=statuses, stat2=stat2))
    assert numbers(readings) == [75, 97]
    assert conditions(readings) == [expected]


def test_how_a_pulse_was_holds_until_the_next_one() -> None:
    red, green = [0x84] * 12 + [0x80] * 13, [0x80] * 13 + [0x82] * 12
    readings = told(2 * packet(statuses=red), 5 * packet(), packet(statuses=green))
    assert conditions(readings) == [{Condition.LOW_PERFUSION}, set()]


def test_format_7_has_a_pulse_wave_of_16_bits() -> None:
    wave = NoninDf7("x").feed(2 * packet(head=b"", wave=0xFE), SECOND)[0]
    assert wave == Waveform(666_667, "x", Signal.PLETH, 75, (0xFE01,) * 25)


def test_numbers_come_once_a_second_and_on_change() -> None:
    readings = told(8 * packet(), 5 * packet(76))
    assert numbers(readings)[::2] == [75, 75, 75, 76, 76]


def test_a_number_counts_when_two_packets_say_it_and_its_absence_at_once() -> None:
    assert numbers(told(2 * packet(), packet(150), packet(), packet(150))) == [75, 97]
    assert numbers(told(2 * packet(), packet(511, 127))) == [75, 97, None, None]


def test_a_packet_out_of_the_pieces_of_two_gives_no_wrong_number() -> None:
    """A gap of whole frames with the SYNC in it: 25 frames, every checksum right, their FLOATs in wrong places."""
    for frames in range(1, 25):
        for gap in range(1, 25):
            glued = packet(150)[: 5 * frames] + packet(150)[5 * max(1, frames + gap - 25) :]
            assert set(numbers(told(2 * packet(150), glued, 2 * packet(150)))) == {150, 97}


@pytest.mark.parametrize(("rate", "spo2"), [(17, 97), (322, 97), (510, 97), (75, 101), (75, 126)])
def test_a_rate_or_saturation_that_cannot_be_is_no_packet(rate: int, spo2: int) -> None:
    assert told(3 * packet(rate, spo2)) == []


def test_a_packet_with_one_bad_frame_is_not_one_and_two_good_ones_are_needed_again() -> None:
    for frame in range(25):
        bad = bytearray(packet(150))
        bad[5 * frame + 2] ^= 0x10
        decoder = NoninDf2("x")
        assert numbers(decoder.feed(2 * packet() + bad + packet(200), 0)) == [75, 97]
        assert decoder.counters.bad_checksums == 1
        assert decoder.counters.resyncs == 1
        assert numbers(decoder.feed(packet(200), 0)) == [200, 97]


def test_sync_belongs_in_the_first_frame_and_nowhere_else() -> None:
    assert told(2 * packet(), packet(150, statuses=[*CALM[:12], 0x81, *CALM[13:]]), packet(150))[4:] == []


def test_after_a_gap_everything_begins_anew() -> None:
    decoder = NoninDf2("x")
    decoder.feed(2 * packet() + packet()[:60], 0)
    assert decoder.feed(packet()[60:] + packet(150), 2 * SECOND + 1) == []
    assert decoder.counters.bytes_discarded == 60 + 65
    readings = decoder.feed(packet(150), 2 * SECOND + 2)
    assert conditions(readings) == [set()]
    assert numbers(readings) == [150, 97]


def test_it_is_never_spoken_to() -> None:
    assert NoninDf2("x").due(10**9) == b""
