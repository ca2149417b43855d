"""Capnostream20 frames made by hand, moved packets, and what is said to the monitor."""

import json
from pathlib import Path
from random import Random

import pytest

from ingest.devices.capnostream20 import Capnostream20
from ingest.emulators import Vitals, capnostream20
from ingest.lines import json_lines
from ingest.model import SECOND, Condition, DeviceStatus, Observation, Reading

CAPTURE = Path(__file__).parents[3] / "sample_data" / "captures" / "capnostream20.bin"
ENABLE, START, LINK_IS_ACTIVE = (bytes.fromhex(command) for command in ("85010100", "85010405", "85010607"))
LIMITS = [60, 15, 30, 5, 8, 100, 85, 140, 50]
# 38 mmHg, 0, 14 breaths, 97 %, 75 bpm; LEN 1C; the xor of all bytes from 1C to 00 is B0
CALM = bytes.fromhex(
    "85 1C 01 00000001 26 00 0E 61 4B 00 000000 00 00 00 3C0F1E0508645 58C32 01 00 B0".replace(" ", "")
)


def frame(payload: list[int], code: int = 1) -> bytes:
    """A frame, its escapes and checksum written out the slow way."""
    body, check = [len(payload) + 1, code, *payload], 0
    for byte in body:
        check ^= byte
    pairs = {0x80: [0x80, 0x00], 0x85: [0x80, 0x05]}
    return bytes([0x85, *(one for byte in [*body, check] for one in pairs.get(byte, [byte]))])


def numbers(
    pr: int = 75,
    spo2: int = 97,
    rr: int = 14,
    etco2: int = 38,
    co2_alarms: int = 0,
    spo2_alarms: int = 0,
    unit: int = 1,
    extended: int = 0,
) -> list[int]:
    """The payload of code 1."""
    return [0, 0, 0, 1, etco2, 0, rr, spo2, pr, 0, 0, 0, 0, co2_alarms, spo2_alarms, 0, *LIMITS, unit, extended]


def values(readings: list[Reading]) -> list[float | None]:
    return [reading.value for reading in readings if isinstance(reading, Observation)]


def told(payload: list[int]) -> list[Reading]:
    """What the decoder makes of a packet that comes twice."""
    return Capnostream20("x").feed(2 * frame(payload), 0)


def after_calm(*payloads: list[int]) -> list[float | None]:
    """The numbers said when these follow two packets of 75 bpm, 97 %, 14 breaths, 38 mmHg."""
    decoder = Capnostream20("x")
    decoder.feed(2 * frame(numbers()), 0)
    return values(decoder.feed(b"".join(map(frame, payloads)), 0))


def test_the_capture_gives_the_readings_written_beside_it() -> None:
    readings = Capnostream20("x").feed(CAPTURE.read_bytes(), 0)
    expected = CAPTURE.with_suffix(".jsonl").read_text("utf-8").splitlines()
    assert [line for reading in readings for line in json_lines(reading)] == [json.loads(line) for line in expected]


def test_a_packet_written_out_by_hand() -> None:
    assert frame(numbers()) == CALM
    assert values(Capnostream20("x").feed(2 * CALM, 0)) == [75, 97, 14, 38]


@pytest.mark.parametrize("pr", [30, 127, 128, 133, 150, 200, 250, 254])
def test_rates_also_those_that_are_escaped(pr: int) -> None:
    assert values(told(numbers(pr=pr))) == [pr, 97, 14, 38]


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (numbers(pr=255, spo2=255), [None, None, 14, 38]),
        (numbers(rr=255, etco2=255), [75, 97, None, None]),
        (numbers(pr=0, spo2=0), [None, None, 14, 38]),
        (numbers(rr=0, etco2=0), [75, 97, 0, 0]),
        (numbers(spo2=101), [75, None, 14, 38]),
        (numbers(etco2=51, unit=2), [75, 97, 14, 38.3]),  # 5.1 kPa x 7.50062
        (numbers(etco2=50, unit=3), [75, 97, 14, None]),
        (numbers()[:-1], []),  # too short
        ([*numbers(), 1, 2, 3], [75, 97, 14, 38]),  # a later version may say more
    ],
)
def test_what_is_no_reading(payload: list[int], expected: list[float | None]) -> None:
    assert values(told(payload)) == expected


@pytest.mark.parametrize(
    ("payload", "conditions", "expected"),
    [
        (numbers(spo2_alarms=0x01), {Condition.SEARCHING}, [None, None, 14, 38]),
        (numbers(spo2_alarms=0x20), {Condition.PROBE_OFF}, [None, None, 14, 38]),
        (numbers(spo2_alarms=0x40), {Condition.NO_SENSOR}, [None, None, 14, 38]),
        (numbers(spo2_alarms=0x1E), set(), [75, 97, 14, 38]),  # its limits
        (numbers(co2_alarms=0x01, rr=0), {Condition.NO_BREATH}, [75, 97, 0, 38]),
        (numbers(co2_alarms=0x3E), set(), [75, 97, 14, 38]),
        (numbers(extended=0x80), {Condition.LOW_BATTERY}, [75, 97, 14, 38]),
    ],
)
def test_states(payload: list[int], conditions: set[Condition], expected: list[float | None]) -> None:
    readings = told(payload)
    assert isinstance(readings[0], DeviceStatus)
    assert readings[0].conditions == conditions
    assert values(readings) == expected


def test_states_of_the_co2_part_are_told_in_words() -> None:
    stream = frame([1, 0, 0, 0x40], code=0) + 2 * frame(numbers(extended=0x04))
    status = Capnostream20("x").feed(stream, 0)[0]
    assert isinstance(status, DeviceStatus)
    assert status.detail == "CO2 pump off; no CO2 line connected"


def test_a_packet_that_was_moved_is_passed_over() -> None:
    calm = numbers()
    moved = [*calm[:4], 0, *calm[4:-1]]
    assert after_calm(moved, calm) == [75, 97, 14, 38]
    assert after_calm(numbers(pr=97, spo2=14, rr=0), calm) == [75, 97, 14, 38]


def test_a_saturation_that_really_is_what_the_breaths_were_shows_late() -> None:
    low = numbers(spo2=14)
    assert after_calm(low, low, low) == []
    assert after_calm(low, low, low, low) == [75, 14, 14, 38]


def test_a_jump_counts_when_the_next_packet_confirms_it_but_breaths_and_co2_may_jump() -> None:
    assert after_calm(numbers(pr=86), numbers(pr=86)) == [86, 97, 14, 38]
    assert after_calm(numbers(spo2=92), numbers(spo2=92)) == [75, 92, 14, 38]
    assert after_calm(numbers(pr=85, spo2=93, rr=0, etco2=0)) == [85, 93, 0, 0]


def test_bytes_lost_and_doubled_where_the_check_does_not_see_it_give_no_number() -> None:
    """Of two zeros, one is lost and one doubled: the same length and the same xor, and all between is moved."""
    calm = numbers()
    moved = [*calm[:5], *calm[6:12], 0, *calm[12:]]
    assert len(frame(moved)) == len(CALM)
    assert after_calm(moved, calm) == [75, 97, 14, 38]


def test_new_limits_cost_one_packet() -> None:
    changed = numbers()
    changed[22] = 88
    assert after_calm(changed, changed) == [75, 97, 14, 38]


def test_after_a_disturbance_two_packets_are_needed_again() -> None:
    decoder = Capnostream20("x")
    broken = frame(numbers())[:-1]
    decoder.feed(2 * frame(numbers()) + broken, 0)
    assert values(decoder.feed(frame(numbers(pr=80)), 0)) == []
    assert values(decoder.feed(frame(numbers(pr=80)), 0)) == [80, 97, 14, 38]


def test_no_changed_byte_and_no_noise_gives_a_number() -> None:
    dice = Random(1)
    calm = frame(numbers())
    for at in range(len(calm)):
        for byte in range(256):
            changed = calm[:at] + bytes([byte]) + calm[at + 1 :]
            assert set(values(Capnostream20("x").feed(2 * calm + changed + calm, 0))) <= {75, 97, 14, 38}
    assert values(Capnostream20("x").feed(dice.randbytes(200_000), 0)) == []


def test_what_is_said_to_the_monitor() -> None:
    decoder, sent = Capnostream20("x"), {}
    for second in range(15):
        sent[second] = decoder.due(second * SECOND)
        if second == 3:
            decoder.feed(frame(list(b"V45.67 02/24/2008 B355987654  "), code=4), second * SECOND)
        if second >= 4:
            decoder.feed(frame(numbers()), second * SECOND)
    expected = {0: ENABLE, 2: ENABLE, 4: START, 9: LINK_IS_ACTIVE, 14: LINK_IS_ACTIVE}
    assert {second: data for second, data in sent.items() if data} == expected


@pytest.mark.parametrize("pr", [30, 75, 127, 128, 133, 150, 200, 250])
def test_the_emulated_monitor_is_read_as_it_is(pr: float) -> None:
    monitor, decoder = capnostream20.Capnostream20(Vitals(pr=pr, spo2=88, rr=9, etco2=45)), Capnostream20("x")
    readings: list[Reading] = []
    for now in range(0, 40 * SECOND, SECOND // 10):
        monitor.hear(decoder.due(now), now)
        readings += decoder.feed(monitor.say(now), now)
    assert values(readings)[-4:] == [pr, 88, 9, 45]
    assert len(values(readings)) >= 4 * 37
    assert decoder.counters.bytes_discarded == 0


def test_the_emulated_monitor_stops_when_nobody_is_there() -> None:
    monitor = capnostream20.Capnostream20()
    assert monitor.say(0) == b""
    monitor.hear(START, 0)
    assert monitor.say(SECOND) == b""  # not enabled
    monitor.hear(ENABLE + START, SECOND)
    assert monitor.say(2 * SECOND).startswith(frame(list(b"V45.67 02/24/2008 B355987654  "), code=4))
    assert monitor.say(16 * SECOND)
    assert monitor.say(17 * SECOND) == b""


def test_an_emulated_apnea() -> None:
    monitor, decoder = capnostream20.Capnostream20(Vitals(rr=0, etco2=0)), Capnostream20("x")
    monitor.hear(ENABLE + START, 0)
    monitor.say(0)
    readings = decoder.feed(monitor.say(3 * SECOND), 3 * SECOND)
    assert values(readings)[-2:] == [0, 0]
    assert isinstance(readings[0], DeviceStatus)
    assert readings[0].conditions == {Condition.NO_BREATH}
