"""Nellcor lines: the manual's samples, its codes, and what damage does to a line."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.devices.nellcor_ascii import NellcorAscii
from ingest.emulators import Vitals, nellcor_ascii
from ingest.lines import json_lines
from ingest.model import SECOND, Condition, DeviceStatus, Observation, Reading

CAPTURE = Path(__file__).parents[3] / "sample_data" / "captures" / "nellcor-ascii.bin"
HEADER = b"NPB-295 VERSION 2.0.0.0 CRC: XXXX SpO2 Limit: 70-100% PR Limit: 60-160BPM\r\nTIME %SPO2 BPM PA Status\r\n"


def row(numbers: str) -> bytes:
    return f"12-NOV-98 14:00:05 {numbers}\r\n".encode()


def values(readings: list[Reading]) -> list[float | None]:
    return [reading.value for reading in readings if isinstance(reading, Observation)]


def told(numbers: str) -> list[Reading]:
    """What the decoder makes of a line that comes twice."""
    return NellcorAscii("x").feed(2 * row(numbers), 0)


def test_the_capture_gives_the_readings_written_beside_it() -> None:
    readings = NellcorAscii("x").feed(CAPTURE.read_bytes(), 0)
    expected = CAPTURE.with_suffix(".jsonl").read_text("utf-8").splitlines()
    assert [line for reading in readings for line in json_lines(reading)] == [json.loads(line) for line in expected]


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ("100 120 50", [120, 100]),  # the manual's sample
        ("97 127 50", [127, 97]),
        ("97   128 50", [128, 97]),
        (" 97    150     50", [150, 97]),
        ("97 200 50", [200, 97]),
        ("97 250 50", [250, 97]),
        ("85* 121* 50 SL PH", [121, 85]),  # its own alarms
        ("--- --- ---", [None, None]),
        ("97 --- 50", [None, 97]),
        ("0 0 0", [None, None]),
        ("97 72 50 XY", [72, 97]),  # a code nobody knows
        ("97 72 50 SO", [None, None]),
        ("97 72 50 PS", [None, None]),
        ("101 72 50", []),
        ("97 7x 50", []),
        ("97 72", []),  # the end was lost
        ("9772 50", []),
        ("97 72 50 S", []),
    ],
)
def test_whole_lines_count_and_others_do_not(numbers: str, expected: list[float | None]) -> None:
    assert values(told(numbers)) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("LB", {Condition.LOW_BATTERY}),
        ("LM", {Condition.SEARCHING, Condition.INTERFERENCE}),
        ("LP", {Condition.SEARCHING}),
        ("MO", {Condition.INTERFERENCE}),
        ("PS", {Condition.SEARCHING}),
        ("SD", {Condition.NO_SENSOR}),
        ("SO", {Condition.PROBE_OFF}),
        ("AO AS PH PL SH SL", set()),
        ("MO LB", {Condition.INTERFERENCE, Condition.LOW_BATTERY}),
    ],
)
def test_codes_are_states(code: str, expected: set[Condition]) -> None:
    status = told(f"97 72 50 {code}")[0]
    assert isinstance(status, DeviceStatus)
    assert status.conditions == expected


def test_a_header_is_part_of_the_stream() -> None:
    decoder = NellcorAscii("x")
    decoder.feed(row("97 72 50") + HEADER, 0)
    assert values(decoder.feed(row("97 73 50"), 0)) == [73, 97]
    assert decoder.counters.bytes_discarded == 0


@pytest.mark.parametrize(("silence", "expected"), [(4 * SECOND, [73, 97]), (6 * SECOND, [])])
def test_a_line_every_two_seconds_is_no_silence(silence: int, expected: list[float]) -> None:
    decoder = NellcorAscii("x")
    decoder.feed(row("97 72 50"), 10 * SECOND)
    assert values(decoder.feed(row("97 73 50"), 10 * SECOND + silence)) == expected


@pytest.mark.parametrize("pr", [30, 75, 127, 128, 150, 200, 250])
def test_the_emulated_device_is_read_as_it_is(pr: float) -> None:
    emulator, decoder = nellcor_ascii.NellcorAscii(Vitals(pr=pr, spo2=88)), NellcorAscii("x")
    times = range(0, 61 * SECOND, SECOND // 2)
    readings = [reading for now in times for reading in decoder.feed(emulator.say(now), now)]
    assert values(readings) == [pr, 88] * 29  # 30 lines, the first has none before it
    assert decoder.counters.bytes_discarded == 0
    emulator.vitals = Vitals(pr=None, spo2=None)
    assert values(decoder.feed(emulator.say(62 * SECOND), 62 * SECOND)) == [None, None]


@given(noise=st.binary(max_size=300))
def test_after_any_noise_the_third_line_is_read(noise: bytes) -> None:
    decoder = NellcorAscii("x")
    decoder.feed(row("97 72 50") + noise, 0)
    assert values(decoder.feed(row("97 72 50") + 2 * row("97 150 50"), 0))[-2:] == [150, 97]
