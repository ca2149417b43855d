"""Data format 13: packets made by hand from the vendor's table, and the command that selects the format."""

import json
from pathlib import Path

import pytest

from ingest.devices.nonin_df13 import NoninDf13
from ingest.lines import json_lines
from ingest.model import SECOND, Condition, DeviceState, DeviceStatus, Observation, Reading

CAPTURE = Path(__file__).parents[3] / "sample_data" / "captures" / "nonin-df13.bin"
GOOD = bytes.fromhex("00 02 00 0D 00 0E 20 26 11 21 10 30 00 00 02 00 00 48 00 61 63 03")
"""2026-11-21 10:30:00, high quality, 72 bpm, 97 %; the data bytes sum to 0x163."""
LOW_SIGNAL, LOW_BATTERY = Condition.LOW_SIGNAL, Condition.LOW_BATTERY


def packet(
    status: str = "0200", rate: str = "0048", spo2: str = "61", more: str = "", when: str = "20261121103000"
) -> bytes:
    data = bytes.fromhex(f"{when} 00 {status} {rate} 00 {spo2} {more}")
    return bytes([0, 2, 0, 0x0D, 0, len(data), *data, sum(data) % 256, 3])


def told(data: bytes) -> list[Reading]:
    return NoninDf13("x").feed(data, 0)


def numbers(readings: list[Reading]) -> list[float | None]:
    return [reading.value for reading in readings if isinstance(reading, Observation)]


def test_the_capture_gives_the_readings_written_beside_it() -> None:
    readings = told(CAPTURE.read_bytes())
    expected = CAPTURE.with_suffix(".jsonl").read_text("utf-8").splitlines()
    assert [line for reading in readings for line in json_lines(reading)] == [json.loads(line) for line in expected]


def test_one_measurement_counts_alone() -> None:
    assert numbers(told(GOOD)) == [72, 97]


@pytest.mark.parametrize(
    ("rate", "value"),
    [
        ("0012", 18),
        ("007F", 127),
        ("0080", 128),
        ("0096", 150),
        ("00C8", 200),
        ("00FA", 250),
        ("012C", 300),
        ("01FF", None),
    ],
)
def test_the_rate_has_all_eight_bits_in_its_low_byte(rate: str, value: float | None) -> None:
    assert numbers(told(packet(rate=rate))) == [value, 97]


@pytest.mark.parametrize(
    ("status", "conditions", "shown"),
    [
        ("0200", set(), [72, 97]),
        ("0000", {LOW_SIGNAL}, [72, 97]),  # not high quality
        ("0201", {LOW_BATTERY}, [72, 97]),
        ("0101", {LOW_SIGNAL, LOW_BATTERY}, [None, None]),  # no measurement, whatever stands in the numbers
        ("FC00", {LOW_SIGNAL}, [72, 97]),  # reserved bits
    ],
)
def test_the_status(status: str, conditions: set[Condition], shown: list[float | None]) -> None:
    readings = told(packet(status))
    assert isinstance(readings[0], DeviceStatus)
    assert readings[0].conditions == conditions
    assert numbers(readings) == shown


def test_a_measurement_from_memory_is_told_but_never_shown_as_one_of_now() -> None:
    detail = "from memory, not shown: 2026-11-20 09:05:07 SpO2 97, pulse rate 72"
    expected = DeviceStatus(0, "x", DeviceState.CONNECTED, detail)
    assert told(packet("0210", when="20261120090507")) == [expected]


def test_a_longer_data_part_is_read_as_far_as_it_is_known() -> None:
    assert numbers(told(packet(more="06 15" * 10) + packet(more="01" * 241))) == [72, 97, 72, 97]


@pytest.mark.parametrize(
    "bad",
    [
        GOOD[:-2] + b"\x64\x03",
        GOOD[:-1] + b"\x04",
        packet(when="2026112110300A"),  # not decimal
        packet(rate="0011"),
        packet(rate="0142"),
        packet(spo2="65"),
    ],
)
def test_a_packet_with_anything_wrong_is_not_one(bad: bytes) -> None:
    decoder = NoninDf13("x")
    assert decoder.feed(bad, 0) == []
    assert decoder.counters.bad_checksums == 1


def test_a_damaged_length_does_not_hide_the_measurement_after_it() -> None:
    longer = GOOD[:5] + b"\xff" + GOOD[6:]
    assert numbers(told(longer + GOOD)) == [72, 97]


def test_half_a_packet_is_forgotten_after_two_seconds() -> None:
    decoder = NoninDf13("x")
    decoder.feed(GOOD[:20], 0)
    assert decoder.feed(GOOD[20:], 2 * SECOND + 1) == []


def test_the_format_is_selected_once() -> None:
    decoder = NoninDf13("x")
    assert [decoder.due(now * SECOND) for now in range(3)] == [bytes.fromhex("02 70 02 02 0D 03"), b"", b""]


@pytest.mark.parametrize(
    ("answer", "detail"),
    [(b"\x06", "data format 13 selected"), (b"\x15", "data format 13 refused: is it a Nonin 9560?")],
)
def test_the_answer_is_told_and_disturbs_nothing(answer: bytes, detail: str) -> None:
    decoder = NoninDf13("x")
    decoder.due(0)
    assert decoder.feed(answer, 5 * SECOND) == [DeviceStatus(5 * SECOND, "x", DeviceState.CONNECTED, detail)]
    assert numbers(decoder.feed(GOOD, 6 * SECOND)) == [72, 97]
    assert decoder.counters.bytes_discarded == 0
    assert decoder.counters.bytes_in == decoder.counters.bytes_framed == 23


def test_what_looks_like_an_answer_but_was_not_asked_for_or_comes_late_is_noise() -> None:
    assert told(b"\x06") == []
    decoder = NoninDf13("x")
    decoder.due(0)
    assert decoder.feed(b"\x06", 5 * SECOND + 1) == []
