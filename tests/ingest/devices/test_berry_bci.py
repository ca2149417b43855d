"""The BCI protocol of Berry: the frames of the vendor's table, worked out by hand."""

import json
from pathlib import Path

import pytest

from ingest.devices.berry_bci import BerryBci
from ingest.lines import json_lines
from ingest.model import Condition, DeviceStatus, Observation, Reading, Waveform

CAPTURE = Path(__file__).parents[3] / "sample_data" / "captures" / "berry-bci.bin"


def told(frame: str) -> list[Reading]:
    """What the decoder makes of a frame that comes twice."""
    return BerryBci("x").feed(2 * bytes.fromhex(frame), 0)


def numbers(frame: str) -> list[float | None]:
    return [reading.value for reading in told(frame) if isinstance(reading, Observation)]


def test_the_capture_gives_the_readings_written_beside_it() -> None:
    readings = BerryBci("x").feed(CAPTURE.read_bytes(), 0)
    expected = CAPTURE.with_suffix(".jsonl").read_text("utf-8").splitlines()
    assert [line for reading in readings for line in json_lines(reading)] == [json.loads(line) for line in expected]


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        ("88 32 06 4B 61", [75, 97]),
        ("88 32 46 16 61", [150, 97]),  # 128 + 0x16
        ("88 32 06 7F 61", [127, 97]),
        ("88 32 46 00 61", [128, 97]),
        ("88 32 46 48 61", [200, 97]),
        ("88 32 46 7A 61", [250, 97]),
        ("88 32 06 7F 7F", [127, None]),  # the code for no rate is 255, so 127 is a rate
        ("88 32 46 7F 61", [None, 97]),
        ("88 32 06 00 00", [None, None]),
        ("88 32 06 4B 65", []),  # 101 %: not a frame
    ],
)
def test_rates_and_saturations(frame: str, expected: list[float | None]) -> None:
    assert numbers(frame) == expected


@pytest.mark.parametrize(
    ("frame", "condition", "expected"),
    [
        ("98 32 06 4B 61", Condition.LOW_SIGNAL, [None, None]),
        ("88 32 16 4B 61", Condition.PROBE_OFF, [None, None]),
        ("88 32 26 4B 61", Condition.SEARCHING, [None, None]),
        # On a Contec device, its twin, this bit says that SpO2 is dropping: the number stays.
        ("A8 32 06 4B 61", Condition.NO_SENSOR, [75, 97]),
    ],
)
def test_a_technical_state_is_told(frame: str, condition: Condition, expected: list[float | None]) -> None:
    status = told(frame)[0]
    assert isinstance(status, DeviceStatus)
    assert status.conditions == {condition}
    assert numbers(frame) == expected


def test_a_pleth_of_zero_is_not_a_sample() -> None:
    frames = bytes.fromhex("8832064B61 8833064B61 8834064B61 8800064B61 8835064B61 8836064B61 8800064B61")
    waves = [reading.values for reading in BerryBci("x").feed(frames, 0) if isinstance(reading, Waveform)]
    assert waves == [(0x33, 0x34), (0x35, 0x36)]


def test_it_is_never_spoken_to() -> None:
    assert BerryBci("x").due(10**9) == b""
