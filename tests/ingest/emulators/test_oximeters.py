"""The emulated oximeters, heard byte by byte and by their decoders."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from ingest.devices import Decoder
from ingest.devices.berry_bci import BerryBci
from ingest.devices.contec_5byte import Contec5Byte
from ingest.devices.contec_v7 import ContecV7
from ingest.emulators import Emulator, Vitals, berry_bci, contec_5byte, contec_v7
from ingest.emulators.contec_v7 import packed
from ingest.emulators.pulse import coded
from ingest.model import SECOND, Observation, Reading

START = bytes.fromhex("7D 81 A1 80 80 80 80 80 80")
STOP = bytes.fromhex("7D 81 A2 80 80 80 80 80 80")
KEEP_ALIVE = bytes.fromhex("7D 81 AF 80 80 80 80 80 80")


@dataclass(frozen=True)
class Pair:
    """A device that is not there and the decoder that listens to it."""

    emulator: Callable[[Vitals], Emulator]
    decoder: Callable[[str], Decoder]
    frame: int
    rate: int


PAIRS = [
    Pair(contec_5byte.Contec5Byte, Contec5Byte, 5, 60),
    Pair(berry_bci.BerryBci, BerryBci, 5, 100),
    Pair(contec_v7.ContecV7, ContecV7, 9, 60),
]
every_pair = pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.decoder.__name__)


def conversation(pair: Pair, vitals: Vitals, seconds: int = 3) -> list[Reading]:
    """What is read from the device, ten times a second."""
    emulator, decoder, readings = pair.emulator(vitals), pair.decoder("x"), list[Reading]()
    for now in range(0, seconds * SECOND, SECOND // 10):
        emulator.hear(decoder.due(now), now)
        readings += decoder.feed(emulator.say(now), now)
    return readings


def last(readings: list[Reading]) -> dict[str, float | None]:
    return {reading.signal: reading.value for reading in readings if isinstance(reading, Observation)}


@every_pair
@pytest.mark.parametrize("pr", [30, 75, 127, 128, 150, 200, 250])
def test_its_decoder_reads_what_it_measures(pair: Pair, pr: float) -> None:
    values = last(conversation(pair, Vitals(pr=pr, spo2=88)))
    assert (values["pr"], values["spo2"]) == (pr, 88)


@every_pair
def test_a_finger_that_is_out_is_no_reading(pair: Pair) -> None:
    assert set(last(conversation(pair, Vitals(pr=None, spo2=None, pi=None))).values()) == {None}


@every_pair
@pytest.mark.parametrize("vitals", [Vitals(pr=None), Vitals(pr=255), Vitals(pr=0)])
def test_a_rate_it_cannot_send_is_none_and_the_saturation_stays(pair: Pair, vitals: Vitals) -> None:
    values = last(conversation(pair, vitals))
    assert (values["pr"], values["spo2"]) == (None, 97)


@every_pair
def test_it_keeps_its_own_pace(pair: Pair) -> None:
    emulator = pair.emulator(Vitals())
    emulator.hear(START, 7 * SECOND)
    assert emulator.say(7 * SECOND) == b""
    assert len(emulator.say(8 * SECOND)) == pair.rate * pair.frame
    assert len(emulator.say(8 * SECOND)) == 0
    assert sum(len(emulator.say(8 * SECOND + ms * 1000)) for ms in range(0, 1001, 7)) == pytest.approx(
        pair.rate * pair.frame, abs=2 * pair.frame
    )


def test_the_perfusion_index_comes_along() -> None:
    assert last(conversation(PAIRS[2], Vitals(pi=2.4)))["pi"] == 2.4
    assert last(conversation(PAIRS[2], Vitals(pi=None)))["pi"] is None


def test_v7_is_silent_until_it_is_asked_and_stops_when_told() -> None:
    device = contec_v7.ContecV7()
    assert device.say(0) == device.say(SECOND) == b""
    device.hear(START[:4], SECOND)
    device.hear(START[4:], SECOND)
    assert device.say(2 * SECOND)[0] == 0x01
    device.hear(STOP, 2 * SECOND)
    assert device.say(3 * SECOND) == bytes.fromhex("0C 80")


def test_v7_stops_when_nobody_is_there() -> None:
    device = contec_v7.ContecV7()
    device.hear(START, 0)
    assert device.say(0) == b""
    device.hear(KEEP_ALIVE, 5 * SECOND)
    assert device.say(15 * SECOND)
    assert device.say(16 * SECOND) == b""


def test_v7_answers_a_question_and_refuses_what_it_does_not_know() -> None:
    device = contec_v7.ContecV7()
    device.hear(bytes.fromhex("7D 81 AC 80 80 80 80 80 80 7D 81 BF 80 80 80 80 80 80"), 0)
    assert device.say(0) == bytes.fromhex("0E 80 80 0B 81 BF 85")


def test_a_packet_is_packed_as_the_document_says() -> None:
    assert packed(0x01, 0x05, 0x33, 0x16, 0x41, 0x61, 0xFF, 0xFF) == bytes.fromhex("01 E0 85 B3 96 C1 E1 FF FF")


@pytest.mark.parametrize(("value", "code"), [(None, 255), (0.4, 255), (0.6, 1), (254.4, 254), (254.6, 255)])
def test_a_number_out_of_range_is_the_code_for_none(value: float | None, code: int) -> None:
    assert coded(value, 254, none=255) == code
