"""The 5-byte format: the frames of the vendor's table, worked out by hand."""

import json
from pathlib import Path

import pytest

from ingest.devices.contec_5byte import Contec5Byte
from ingest.lines import json_lines
from ingest.model import Condition, DeviceStatus, Observation, Reading

CAPTURE = Path(__file__).parents[3] / "sample_data" / "captures" / "contec-5byte.bin"
SEARCHING, PROBE_OFF = Condition.SEARCHING, Condition.PROBE_OFF


def told(frame: str) -> list[Reading]:
    """What the decoder makes of a frame that comes twice."""
    return Contec5Byte("x").feed(2 * bytes.fromhex(frame), 0)


def numbers(frame: str) -> list[float | None]:
    return [reading.value for reading in told(frame) if isinstance(reading, Observation)]


def test_the_capture_gives_the_readings_written_beside_it() -> None:
    readings = Contec5Byte("x").feed(CAPTURE.read_bytes(), 0)
    expected = CAPTURE.with_suffix(".jsonl").read_text("utf-8").splitlines()
    assert [line for reading in readings for line in json_lines(reading)] == [json.loads(line) for line in expected]


@pytest.mark.parametrize(
    ("frame", "pr", "spo2"),
    [
        ("88 40 06 4B 61", 75, 97),
        ("88 40 46 16 61", 150, 97),  # 128 + 0x16
        ("88 40 06 7F 61", 127, 97),
        ("88 40 46 00 61", 128, 97),
        ("88 40 46 48 61", 200, 97),
        ("88 40 46 7A 61", 250, 97),
        ("88 40 06 1E 01", 30, 1),
        ("88 40 06 4B 64", 75, 100),
        ("E8 40 06 4B 50", 75, 80),  # beep and dropping SpO2 are not states of the device
        ("8F 40 0F 4B 61", 75, 97),  # strongest signal and bar beyond the table
    ],
)
def test_rates_and_saturations(frame: str, pr: float, spo2: float) -> None:
    assert numbers(frame) == [pr, spo2]


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        ("88 40 06 00 61", [None, 97]),  # 0
        ("88 40 46 7F 61", [None, 97]),  # 255
        ("88 40 06 4B 00", [75, None]),
        ("88 40 06 4B 7F", [75, None]),
        ("80 00 00 7F 7F", [None, None]),  # 127 with 127: an empty frame, not a rate
        ("88 40 06 4B 65", []),  # 101 %: not a frame
    ],
)
def test_what_is_not_a_number_is_no_reading(frame: str, expected: list[float | None]) -> None:
    assert numbers(frame) == expected


@pytest.mark.parametrize(
    ("frame", "conditions"),
    [
        ("88 40 06 4B 61", set()),
        ("98 40 06 4B 61", {SEARCHING}),  # searching too long
        ("88 40 26 4B 61", {SEARCHING}),
        ("88 40 16 4B 61", {PROBE_OFF}),
        ("90 00 10 00 00", {SEARCHING, PROBE_OFF}),
        ("80 00 30 7F 7F", {SEARCHING, PROBE_OFF}),
    ],
)
def test_a_technical_state_is_told_and_hides_the_numbers(frame: str, conditions: set[Condition]) -> None:
    status = told(frame)[0]
    assert isinstance(status, DeviceStatus)
    assert status.conditions == conditions
    assert numbers(frame) == ([None, None] if conditions else [75, 97])


def test_recorded_data_is_not_taken_for_the_live_stream() -> None:
    decoder = Contec5Byte("x")
    assert decoder.feed(bytes.fromhex("F28000 F28000 F28000 80805F") + 100 * bytes.fromhex("F0C45F"), 0) == []
    assert decoder.counters.frames == 0


def test_it_is_never_spoken_to() -> None:
    assert Contec5Byte("x").due(10**9) == b""
