"""Masimo lines: those quoted by owners of the devices, the sample of the manual, and what damage does to them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.devices import Decoder
from ingest.devices.masimo_ascii1 import MasimoAscii1, MasimoTrend
from ingest.emulators import Vitals, masimo_ascii1
from ingest.lines import json_lines
from ingest.model import SECOND, Condition, DeviceStatus, Observation, Reading

CAPTURES = Path(__file__).parents[3] / "sample_data" / "captures"
LIVE = "09/15/10 15:10:29 SN=0000093112 SPO2={}% BPM={} PI={} DESAT=-- PIDELTA=+-- ALARM={} EXC={}\r\n"
TREND = "09/21/08 09:56:{:02} SpO2=097 PR=069 PI=04.69 EXC=800:SET\r\n"


def line(spo2: str = "097", bpm: str = "064", pi: str = "11.82%", alarm: str = "0000", exc: str = "000800") -> bytes:
    return LIVE.format(spo2, bpm, pi, alarm, exc).encode()


def values(readings: list[Reading]) -> list[float | None]:
    return [reading.value for reading in readings if isinstance(reading, Observation)]


def told(data: bytes) -> list[float | None]:
    """The numbers of a line that comes twice."""
    return values(MasimoAscii1("x").feed(2 * data, 0))


def conditions(data: bytes) -> set[str]:
    status = MasimoAscii1("x").feed(2 * data, 0)[0]
    assert isinstance(status, DeviceStatus)
    return set(status.conditions)


@pytest.mark.parametrize(("name", "decoder"), [("masimo-ascii1", MasimoAscii1), ("masimo-trend", MasimoTrend)])
def test_the_capture_gives_the_readings_written_beside_it(name: str, decoder: Callable[[str], Decoder]) -> None:
    readings = decoder("x").feed((CAPTURES / f"{name}.bin").read_bytes(), 0)
    expected = (CAPTURES / f"{name}.jsonl").read_text("utf-8").splitlines()
    assert [line for reading in readings for line in json_lines(reading)] == [json.loads(line) for line in expected]


@pytest.mark.parametrize("bpm", [25, 127, 128, 150, 200, 240, 250])
def test_rates(bpm: int) -> None:
    assert told(line(bpm=f"{bpm:03}")) == [bpm, 97, 11.82]
    trend = b"09/21/08 09:56:12 SpO2=097 PR=%03d PI=04.69 EXC=800:SET\r\n" % bpm
    assert values(MasimoTrend("x").feed(2 * trend, 0)) == [bpm, 97, 4.69]


@pytest.mark.parametrize(
    ("data", "numbers"),
    [
        (line(spo2="100"), [64, 100, 11.82]),
        (line(spo2="---", bpm="---", pi="--.--%"), [None, None, None]),
        (line(spo2="--"), [64, None, 11.82]),
        (line(spo2="000", bpm="000", pi="00.00"), [None, None, None]),
        (line(pi="00.55"), [64, 97, 0.55]),
        (b"09/15/10 15:10:29 EXC=800 BPM=064 SPO2=097%\r\n", [64, 97, None]),  # any order, no PI
        (b"\r\n\0\0" + line() + b"\r\n", [64, 97, 11.82]),
        (line().replace(b"\r\n", b"\n"), [64, 97, 11.82]),
        (line(spo2="101"), []),
        (line(spo2="97"), []),  # a digit was lost
        (line(bpm="6A4"), []),
        (line(pi="1.82"), []),
        (line(exc="80"), []),
        (line().replace(b" BPM=064", b""), []),
        (line().replace(b" EXC=000800", b""), []),  # the end of the line was lost
        (line().replace(b"SN=", b"SN"), []),
        (b"x" + line(), []),
    ],
)
def test_whole_lines_count_and_others_do_not(data: bytes, numbers: list[float | None]) -> None:
    assert told(data) == numbers


@pytest.mark.parametrize(
    ("exc", "expected", "has_numbers"),
    [
        ("000001", {Condition.NO_SENSOR}, False),
        ("000002", {Condition.SENSOR_FAULT}, False),
        ("000804", {Condition.LOW_PERFUSION}, True),
        ("000808", {Condition.SEARCHING}, False),
        ("000810", {Condition.INTERFERENCE}, True),
        ("000820", {Condition.PROBE_OFF}, False),
        ("000840", {Condition.INTERFERENCE}, True),
        ("000080", {Condition.SENSOR_FAULT}, False),
        ("0000C00", {Condition.LOW_SIGNAL}, True),
        ("824", {Condition.PROBE_OFF, Condition.LOW_PERFUSION}, False),
        ("00001000", {Condition.NO_SENSOR}, False),
        ("000A00", set(), True),  # reserved
    ],
)
def test_exceptions_are_states_and_some_hide_the_numbers(exc: str, expected: set[str], has_numbers: bool) -> None:
    assert conditions(line(exc=exc)) == expected
    assert told(line(exc=exc)) == ([64, 97, 11.82] if has_numbers else [None] * 3)


def test_a_low_battery_is_an_alarm_bit() -> None:
    assert conditions(line(alarm="0040")) == {Condition.LOW_BATTERY}


def test_the_trend_memory_is_not_shown_as_if_it_were_now() -> None:
    decoder = MasimoAscii1("x")
    dump = b"".join(TREND.format(second).encode() for second in range(0, 20, 2))
    (note,) = decoder.feed(dump, 0)
    assert isinstance(note, DeviceStatus)
    assert "trend memory" in note.detail
    assert values(decoder.feed(line(), 0)) == []
    assert values(decoder.feed(line(), 0)) == [64, 97, 11.82]


@pytest.mark.parametrize("delimiter", [b"\t", b","])
def test_a_trend_file_may_have_other_delimiters(delimiter: bytes) -> None:
    data = (TREND.format(0) + TREND.format(2)).encode().replace(b" ", delimiter)
    assert values(MasimoTrend("x").feed(data, 0)) == [69, 97, 4.69]


def test_a_trend_never_goes_back_in_time_even_when_its_clock_did() -> None:
    lines = [TREND.format(second).encode() for second in (10, 20, 12, 30)]
    broken = TREND.format(20).encode().replace(b"09/21", b"02/31")
    readings = MasimoTrend("x").feed(b"".join([*lines, broken]), 5 * SECOND)
    times = [reading.t // SECOND for reading in readings if isinstance(reading, Observation)]
    assert times == [15] * 6 + [25] * 6


def test_the_emulated_device_is_read_as_it_is() -> None:
    emulator, decoder = masimo_ascii1.MasimoAscii1(Vitals(pr=150, spo2=88, pi=0.2)), MasimoAscii1("x")
    assert emulator.say(0) == b""
    readings = [decoder.feed(emulator.say(t * SECOND), t * SECOND) for t in range(1, 4)]
    assert values(readings[2]) == [150, 88, 0.2]
    assert isinstance(readings[1][0], DeviceStatus)
    assert readings[1][0].conditions == {Condition.LOW_PERFUSION}
    emulator.vitals = Vitals(pr=None, spo2=None)
    assert values(decoder.feed(emulator.say(4 * SECOND), 4 * SECOND)) == [None] * 3


@given(noise=st.binary(max_size=600))
def test_after_any_noise_the_third_line_is_read(noise: bytes) -> None:
    decoder = MasimoAscii1("x")
    decoder.feed(line() + noise, 0)
    assert values(decoder.feed(line() + 2 * line(bpm="150"), 0))[-3:] == [150, 97, 11.82]
