"""ANSAR-B messages: the lines of the published capture, and what a cuff reading without a time is worth."""

import json
from pathlib import Path

import pytest

from ingest.devices.ivy_450c import Ivy450C
from ingest.emulators import Vitals, ivy_450c
from ingest.lines import json_lines
from ingest.model import SECOND, DeviceStatus, NibpReading, Observation, Reading, Waveform

CAPTURE = Path(__file__).parents[3] / "sample_data" / "captures" / "ivy-450c.bin"
LINES = (
    "HR=1;80;ECG-II-DIAG;",
    "RR=1;35;APNEA: 20 SEC;",
    "ETCO2=1;;;",
    "SPO2=1;100;PR=80 ;",
    "NIBP=4;121;75;92;80;;",
    "P1=3;111;73;88;;",
    "P2=3;;;;NO TRANSDUCER;",
    "T1=1;;;",
    "T2=1;;;",
)
SEEN = "NIBP=4;121;75;92;80;;"


def message(**lines: str) -> bytes:
    """A message as it was seen, with other `lines` by their names."""
    text = "".join(lines.get(line.partition("=")[0], line) + "\r" for line in LINES)
    return b"\xffANSAR-B " + bytes(200) + bytes(50) + bytes(range(100, 150)) + bytes(100) + text.encode() + b"\xfe"


def values(readings: list[Reading]) -> list[float | None]:
    return [reading.value for reading in readings if isinstance(reading, Observation)]


def pressures(readings: list[Reading]) -> list[tuple[float | None, ...]]:
    return [(r.sys, r.dia, r.map) for r in readings if isinstance(r, NibpReading)]


def details(readings: list[Reading]) -> list[str]:
    return [reading.detail for reading in readings if isinstance(reading, DeviceStatus)]


def cuffs(*lines: str) -> list[tuple[float | None, ...]]:
    """The cuff readings said when each of the lines comes twice."""
    return pressures(Ivy450C("x").feed(b"".join(2 * message(NIBP=line) for line in lines), 0))


def test_the_capture_gives_the_readings_written_beside_it() -> None:
    readings = Ivy450C("x").feed(CAPTURE.read_bytes(), 0)
    expected = CAPTURE.with_suffix(".jsonl").read_text("utf-8").splitlines()
    assert [line for reading in readings for line in json_lines(reading)] == [json.loads(line) for line in expected]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ({}, [80, 80, 100, 35]),
        ({"HR": "HR=1;127;ECG-II-DIAG;", "SPO2": "SPO2=1;97;PR=128 ;"}, [127, 128, 97, 35]),
        ({"HR": "HR=1;150;;", "SPO2": "SPO2=1;97;PR=200;"}, [150, 200, 97, 35]),
        ({"HR": "HR=1; 250;;", "SPO2": "SPO2=1; 97;PR= 250;"}, [250, 250, 97, 35]),
        ({"HR": "HR=1;;;", "SPO2": "SPO2=1;;;", "RR": "RR=1;;;"}, [None] * 4),
        ({"HR": "HR=1;0;;"}, [None, 80, 100, 35]),
        ({"HR": "X9=1;a;"}, [None, 80, 100, 35]),  # no such line
        ({"HR": "HR=1;8x;;"}, []),
        ({"SPO2": "SPO2=1;100;PR=8? ;"}, []),
        ({"NIBP": "NIBP=4;121;7_;92;80;;"}, []),
    ],
)
def test_numbers_stand_where_they_belong_or_the_message_does_not_count(
    lines: dict[str, str], expected: list[float | None]
) -> None:
    assert values(Ivy450C("x").feed(2 * message(**lines), 0)) == expected


def test_pleth_is_the_second_that_has_just_gone() -> None:
    decoder = Ivy450C("x")
    decoder.feed(message(), 4 * SECOND)
    waves = [reading for reading in decoder.feed(message(), 5 * SECOND) if isinstance(reading, Waveform)]
    assert [(wave.t, wave.fs, wave.values) for wave in waves] == [(4 * SECOND, 50, tuple(range(100, 150)))]


def test_a_cuff_reading_that_was_there_before_us_is_told_in_words_only() -> None:
    readings = Ivy450C("x").feed(5 * message(), 0)
    assert pressures(readings) == []
    assert details(readings) == ["NIBP 121/75 measured before, time unknown: not shown"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((SEEN, "NIBP=4;160;95;117;80;;"), [(160, 95, 117)]),
        ((SEEN, "NIBP=4;;;;;;", SEEN), [(121, 75, 92)]),  # measured again, the same
        (("NIBP=4;;;;;;", SEEN, SEEN), [(121, 75, 92)]),
        (("NIBP=4;;;;;;", "NIBP=4;121;75;;80;;"), [(121, 75, None)]),
        ((SEEN, "NIBP=4;150;;;;;", "NIBP=4;;;;;;"), []),
        ((SEEN, "NIBP=4;75;121;92;80;;"), []),  # cannot be
    ],
)
def test_a_cuff_reading_is_new_when_the_numbers_change_or_come_back(
    lines: tuple[str, ...], expected: list[tuple[float | None, ...]]
) -> None:
    assert cuffs(*lines) == expected


def test_pressures_of_a_single_message_are_not_believed() -> None:
    stream = 2 * message() + message(NIBP="NIBP=4;191;75;92;80;;") + 2 * message()
    assert pressures(Ivy450C("x").feed(stream, 0)) == []


@pytest.mark.parametrize(("away", "expected"), [(30 * SECOND, [(160, 95, 117)]), (61 * SECOND, [])])
def test_after_a_minute_without_the_monitor_its_cuff_reading_is_old(
    away: int, expected: list[tuple[float | None, ...]]
) -> None:
    decoder = Ivy450C("x")
    decoder.feed(2 * message(), 100 * SECOND)
    assert pressures(decoder.feed(2 * message(NIBP="NIBP=4;160;95;117;80;;"), 100 * SECOND + away)) == expected


def test_its_own_words_are_told() -> None:
    lines = message(HR="HR=1;;ECG-II-DIAG;LEAD OFF;", NIBP="NIBP=4;;;;;;OVERPRESSURE")
    readings = Ivy450C("x").feed(2 * lines, 0)
    assert details(readings) == ["HR LEAD OFF; NIBP OVERPRESSURE"]


@pytest.mark.parametrize("pr", [30, 75, 127, 128, 150, 200, 250])
def test_the_emulated_monitor_is_read_as_it_is(pr: float) -> None:
    emulator, decoder = ivy_450c.Ivy450C(Vitals(pr=pr, spo2=88, rr=14)), Ivy450C("x")
    readings: list[Reading] = []
    for now in range(0, 400 * SECOND, SECOND // 2):
        readings += decoder.feed(emulator.say(now), now)
    assert values(readings)[-4:] == [pr, pr, 88, 14]
    taken = [reading for reading in readings if isinstance(reading, NibpReading)]
    assert [(r.t // SECOND, r.sys, r.dia, r.map) for r in taken] == [(61, 122, 77, 92), (361, 122, 77, 92)]
    assert decoder.counters.bytes_discarded == 0


def test_the_emulated_finger_and_electrodes_off_are_no_reading() -> None:
    emulator, decoder = ivy_450c.Ivy450C(Vitals(pr=None, spo2=None)), Ivy450C("x")
    emulator.say(0)
    assert values(decoder.feed(emulator.say(2 * SECOND), 2 * SECOND)) == [None, None, None, 14]
