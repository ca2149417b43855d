"""Formats 1 and 8 and the text: frames made by hand from the vendor's tables, and what one damaged frame can do."""

import json
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.devices.nonin_seconds import NoninAscii, NoninDf1, NoninDf8
from ingest.lines import json_lines
from ingest.model import SECOND, Condition, DeviceStatus, Observation, Reading, Signal

CAPTURES = Path(__file__).parents[3] / "sample_data" / "captures"
CALM = {
    NoninDf8: bytes.fromhex("80 4B 61 00"),
    NoninDf1: bytes.fromhex("80 4B 61"),
    NoninAscii: b"SPO2=097 HR=075\r\n",
}
"""75 bpm, 97 %."""
every_format = pytest.mark.parametrize("device", CALM)
ARTEFACT, LOW_PERFUSION, LOW_SIGNAL = Condition.ARTEFACT, Condition.LOW_PERFUSION, Condition.LOW_SIGNAL


def numbers(readings: list[Reading]) -> list[float | None]:
    return [reading.value for reading in readings if isinstance(reading, Observation)]


def values(readings: list[Reading], signal: Signal) -> list[float | None]:
    return [r.value for r in readings if isinstance(r, Observation) and r.signal is signal]


def states(readings: list[Reading]) -> list[set[Condition]]:
    return [set(reading.conditions) for reading in readings if isinstance(reading, DeviceStatus)]


def df8(*frames: str) -> list[Reading]:
    return NoninDf8("x").feed(bytes.fromhex("".join(frames)), 0)


@pytest.mark.parametrize(
    ("device", "name"), [(NoninDf8, "nonin-df8"), (NoninDf1, "nonin-df1"), (NoninAscii, "nonin-ascii")]
)
def test_the_capture_gives_the_readings_written_beside_it(device: type[NoninDf8], name: str) -> None:
    readings = device("x").feed((CAPTURES / f"{name}.bin").read_bytes(), 0)
    expected = (CAPTURES / f"{name}.jsonl").read_text("utf-8").splitlines()
    assert [line for reading in readings for line in json_lines(reading)] == [json.loads(line) for line in expected]


@pytest.mark.parametrize(
    ("start", "rate"),
    [
        ("80 12", 18),
        ("80 7F", 127),
        ("81 00", 128),  # bits 7 and 8 are in the first byte
        ("81 16", 150),
        ("81 48", 200),
        ("81 7A", 250),
        ("82 00", 256),
        ("82 41", 321),
    ],
)
def test_the_rate_has_nine_bits_in_two_bytes(start: str, rate: int) -> None:
    assert numbers(df8(3 * f"{start} 61 00")) == [rate, 97]
    assert numbers(NoninDf1("x").feed(3 * bytes.fromhex(f"{start} 61"), 0)) == [rate, 97]
    line = b"SPO2=097 HR=%03d\r\n" % rate
    assert numbers(NoninAscii("x").feed(2 * line, 0)) == [rate, 97]


@pytest.mark.parametrize("frame", ["80 11 61 00", "82 42 61 00", "83 7E 61 00", "80 4B 65 00", "80 4B 7E 00"])
def test_a_rate_or_saturation_that_cannot_be_is_no_frame(frame: str) -> None:
    """17, 322 and 510 bpm; 101 and 126 %."""
    assert df8(4 * frame) == []


@pytest.mark.parametrize(
    ("frame", "expected", "shown"),
    [
        ("A0 4B 61 00", {ARTEFACT}, [75, 97]),  # out of track
        ("84 4B 61 00", {ARTEFACT}, [75, 97]),
        ("90 4B 61 00", {LOW_PERFUSION}, [75, 97]),
        ("88 4B 61 00", {LOW_SIGNAL}, [75, 97]),
        ("80 4B 61 01", {Condition.LOW_BATTERY}, [75, 97]),
        ("80 4B 61 26", set(), [75, 97]),  # SmartPoint and bits reserved on the 9560
        ("83 7F 61 00", set(), [None, 97]),
        ("83 7F 7F 00", {Condition.SEARCHING}, [None, None]),
        ("B0 4B 61 08", {Condition.PROBE_OFF}, [None, None]),  # held numbers, and what is said of a pulse, do not count
        ("C0 4B 61 01", {Condition.NO_SENSOR, Condition.LOW_BATTERY}, [None, None]),
    ],
)
def test_technical_states(frame: str, expected: set[Condition], shown: list[float | None]) -> None:
    readings = df8(3 * frame)
    assert states(readings) == [expected]
    assert numbers(readings) == shown


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"SPO2=097 HR=072\r\n", [72, 97]),
        (b"SPO2=100 HR=072 F\r\n", [72, 100]),  # fast averages
        (b"SPO2=097 HR=072*\r\n", [72, 97]),  # event
        (b"12:34:56 SPO2=097 HR=072 B\r\n", [72, 97]),  # a breath, on the 9847
        (b"SPO2=--- HR=---\r\n", [None, None]),
        (b"SPO2=097 HR=---\r\n", [None, 97]),
        (b"SPO2=000 HR=000\r\n", [None, None]),
        (b"SPO2=101 HR=072\r\n", []),
        (b"SPO2=097 HR=322\r\n", []),
        (b"SPO2=097 HR=07\r\n", []),
        (b"SPO2=097HR=072\r\n", []),
    ],
)
def test_lines(line: bytes, expected: list[float | None]) -> None:
    assert numbers(NoninAscii("x").feed(2 * line, 0)) == expected


def test_a_line_counts_as_soon_as_it_ends_whatever_ends_it() -> None:
    decoder = NoninAscii("x")
    assert decoder.feed(b"SPO2=097 HR=072\r", 0) == []
    assert numbers(decoder.feed(b"\nSPO2=097 HR=072\r", SECOND)) == [72, 97]
    assert numbers(decoder.feed(b"SPO2=097 HR=073\n", 2 * SECOND)) == [73, 97]


@every_format
def test_every_second_is_told_even_when_nothing_changes(device: type[NoninDf8]) -> None:
    assert values(device("x").feed((device.ENOUGH + 3) * CALM[device], 0), Signal.PR) == [75] * 4


def test_a_jump_counts_when_the_next_frame_confirms_it() -> None:
    assert values(df8(3 * "804B6100", 3 * "81166100"), Signal.PR) == [75, 150, 150]
    assert values(df8(3 * "804B6100", 2 * "804B5A00"), Signal.SPO2) == [97, 90]


def test_small_changes_and_no_reading_count_at_once() -> None:
    assert numbers(df8(3 * "804B6100", "80555D00", "837F7F00")) == [75, 97, 85, 93, None, None]


def test_format_1_is_not_found_in_format_8_nor_the_other_way_round() -> None:
    assert NoninDf1("x").feed(20 * CALM[NoninDf8], 0) == []
    assert NoninDf8("x").feed(20 * CALM[NoninDf1], 0) == []


@pytest.mark.parametrize("device", [NoninDf1, NoninDf8])
def test_formats_of_five_bytes_hold_two_frames_in_a_row_but_never_three(device: type[NoninDf8]) -> None:
    """Formats 2 and 7: the status, bit 7 set, is every fifth byte, and three frames would have it inside one."""
    dice, decoder = Random(1), device("x")
    stream = b"".join(bytes([0x80 | dice.randrange(128)]) + dice.randbytes(4) for _ in range(20_000))
    assert numbers(decoder.feed(stream, 0)) == []
    assert decoder.counters.frames > 1000


@every_format
def test_after_a_gap_everything_begins_anew(device: type[NoninDf8]) -> None:
    decoder = device("x")
    decoder.feed(3 * CALM[device], 0)
    assert decoder.feed((device.ENOUGH - 1) * CALM[device], 2 * SECOND + 1) == []
    assert numbers(decoder.feed(CALM[device], 3 * SECOND)) == [75, 97]


@every_format
@settings(deadline=None)
@given(damage=st.binary(max_size=5))
def test_one_damaged_frame_never_moves_the_numbers_far(device: type[NoninDf8], damage: bytes) -> None:
    readings = device("x").feed(4 * CALM[device] + damage + 4 * CALM[device], 0)
    assert all(rate is None or abs(rate - 75) <= 10 for rate in values(readings, Signal.PR))
    assert all(spo2 is None or abs(spo2 - 97) <= 4 for spo2 in values(readings, Signal.SPO2))


@every_format
def test_it_is_never_spoken_to(device: type[NoninDf8]) -> None:
    assert device("x").due(10**9) == b""
