"""Protocol V7.0: packets made by hand from the vendor's tables, and what is said to the device."""

import json
from pathlib import Path

import pytest

from ingest.devices.contec_v7 import ContecV7
from ingest.lines import json_lines
from ingest.model import SECOND, Condition, DeviceState, DeviceStatus, Observation, Reading

CAPTURE = Path(__file__).parents[3] / "sample_data" / "captures" / "contec-v7.bin"
CALM = bytes.fromhex("01 E0 88 C0 96 CB E1 FF FF")
START = bytes.fromhex("7D 81 A1 80 80 80 80 80 80")
KEEP_ALIVE = bytes.fromhex("7D 81 AF 80 80 80 80 80 80")
SEARCHING, PROBE_OFF = Condition.SEARCHING, Condition.PROBE_OFF


def told(packet: str) -> list[Reading]:
    """What the decoder makes of a packet that comes twice."""
    return ContecV7("x").feed(2 * bytes.fromhex(packet), 0)


def numbers(packet: str) -> list[float | None]:
    return [reading.value for reading in told(packet) if isinstance(reading, Observation)]


def test_the_capture_gives_the_readings_written_beside_it() -> None:
    readings = ContecV7("x").feed(CAPTURE.read_bytes(), 0)
    expected = CAPTURE.with_suffix(".jsonl").read_text("utf-8").splitlines()
    assert [line for reading in readings for line in json_lines(reading)] == [json.loads(line) for line in expected]


@pytest.mark.parametrize(
    ("packet", "expected"),
    [
        ("01 E0 88 C0 96 CB E1 FF FF", [75, 97, None]),
        ("01 E0 88 C0 96 FF E1 FF FF", [127, 97, None]),  # the rate's bit 7 is bit 3 of byte 1
        ("01 E8 88 C0 96 80 E1 FF FF", [128, 97, None]),
        ("01 E8 88 C0 96 96 E1 FF FF", [150, 97, None]),
        ("01 E8 88 C0 96 C8 E1 FF FF", [200, 97, None]),
        ("01 E8 88 C0 96 FA E1 FF FF", [250, 97, None]),
        ("01 E8 88 C0 96 FF E1 FF FF", [None, 97, None]),  # 255
        ("01 E0 88 C0 96 80 E1 FF FF", [None, 97, None]),  # 0
        ("01 E0 88 C0 96 CB FF FF FF", [75, None, None]),  # 7F
        ("01 E0 88 C0 96 CB E5 FF FF", []),  # 101 %: not a packet
        ("01 F0 88 C0 96 CB E1 FF FF", []),  # 225 %
    ],
)
def test_rates_and_saturations(packet: str, expected: list[float | None]) -> None:
    assert numbers(packet) == expected


@pytest.mark.parametrize(
    ("packet", "pi"),
    [
        ("01 A0 88 C0 86 CB E1 F0 80", 2.4),  # 0x00F0 = 240, the low byte's bit 7 is bit 5 of byte 1
        ("01 80 88 C0 86 CB E1 EA 84", 11.3),  # 0x046A = 1130
        ("01 A0 88 C0 86 CB E1 98 88", 22.0),  # 0x0898 = 2200, the most there is
        ("01 A0 88 C0 86 CB E1 99 88", None),
        ("01 80 88 C0 86 CB E1 80 80", None),
        ("01 E0 88 C0 86 CB E1 FF FF", None),
        ("01 A0 88 C0 96 CB E1 F0 80", None),  # bit 4 of byte 4: invalid
    ],
)
def test_the_perfusion_index(packet: str, pi: float | None) -> None:
    assert numbers(packet) == [75, 97, pi]


@pytest.mark.parametrize(
    ("packet", "conditions"),
    [
        ("01 E0 88 C0 96 CB E1 FF FF", set()),
        ("01 E0 E8 C0 96 CB E1 FF FF", set()),  # beep and low SpO2 are not states of the device
        ("01 E9 80 C0 90 FF FF FF FF", {PROBE_OFF}),
        ("01 E1 80 C0 90 FF FF FF FF", {PROBE_OFF}),  # without the rate's bit 7, as devices were seen to send it
        ("01 E2 85 B0 96 CB E1 FF FF", {SEARCHING}),
        ("01 E0 95 B0 96 CB E1 FF FF", {SEARCHING}),  # too long
        ("01 E3 95 B0 96 CB E1 FF FF", {SEARCHING, PROBE_OFF}),
    ],
)
def test_a_technical_state_is_told_and_hides_the_numbers(packet: str, conditions: set[Condition]) -> None:
    status = told(packet)[0]
    assert isinstance(status, DeviceStatus)
    assert status.conditions == conditions
    assert numbers(packet) == ([None] * 3 if conditions else [75, 97, None])


@pytest.mark.parametrize(
    ("packet", "state", "detail"),
    [
        ("0D 80 81", DeviceState.DISCONNECTED, "ended by the device: switched off"),
        ("0D 81 FF", DeviceState.DISCONNECTED, "ended by the device: reason unknown"),
        ("0B 81 A1 83", DeviceState.CONNECTED, "does not start: recording"),
    ],
)
def test_the_device_says_why_it_does_not_talk(packet: str, state: DeviceState, detail: str) -> None:
    decoder = ContecV7("x")
    decoder.feed(2 * CALM, 0)
    assert decoder.feed(bytes.fromhex(packet), 7) == [DeviceStatus(7, "x", state, detail)]
    assert decoder.feed(2 * CALM, 8)[0] == DeviceStatus(8, "x", DeviceState.CONNECTED)


@pytest.mark.parametrize("packet", ["0B 81 A1 80", "0B 81 AE 84", "0C 80", "0E 80 81", "11 80 81 81 80 80 80 80 80"])
def test_other_answers_say_nothing_and_do_not_disturb_the_stream(packet: str) -> None:
    decoder = ContecV7("x")
    assert decoder.feed(CALM + bytes.fromhex(packet), 0) == []
    assert len(decoder.feed(CALM, 0)) == 4
    assert decoder.counters.resyncs == 0


def test_the_stream_is_asked_for_and_kept_alive_every_five_seconds() -> None:
    decoder = ContecV7("x")
    sent = {}
    for second in range(13):
        sent[second] = decoder.due(second * SECOND)
        decoder.feed(CALM, second * SECOND)
    assert {second: data for second, data in sent.items() if data} == {0: START, 5: KEEP_ALIVE, 10: KEEP_ALIVE}


def test_a_device_that_is_silent_is_asked_again_every_two_seconds() -> None:
    decoder = ContecV7("x")
    assert [decoder.due(second * SECOND) for second in range(5)] == [START, b"", START, b"", START]
    decoder.feed(CALM, 5 * SECOND)
    assert decoder.due(6 * SECOND) == b""
    assert decoder.due(7 * SECOND) == START
