"""The emulated Nonin oximeters, heard by their decoders."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from ingest.devices import Decoder
from ingest.devices.nonin_df13 import NoninDf13
from ingest.devices.nonin_packets import NoninDf2, NoninDf7
from ingest.devices.nonin_seconds import NoninAscii, NoninDf1, NoninDf8
from ingest.emulators import Emulator, Vitals, nonin_df13, nonin_packets, nonin_seconds
from ingest.model import SECOND, Condition, DeviceStatus, Observation, Reading

OUT = Vitals(pr=None, spo2=None)
SELECT = bytes.fromhex("02 70 02 02 0D 03")


@dataclass(frozen=True)
class Pair:
    """A device that is not there and the decoder that listens to it; `rate` is in bytes a second."""

    emulator: Callable[[Vitals], Emulator]
    decoder: Callable[[str], Decoder]
    rate: int


STREAMS = [
    Pair(nonin_packets.NoninDf2, NoninDf2, 375),
    Pair(nonin_packets.NoninDf7, NoninDf7, 375),
    Pair(nonin_seconds.NoninDf8, NoninDf8, 4),
    Pair(nonin_seconds.NoninDf1, NoninDf1, 3),
    Pair(nonin_seconds.NoninAscii, NoninAscii, 17),
]
SPOT = Pair(nonin_df13.NoninDf13, NoninDf13, 0)
every_stream = pytest.mark.parametrize("pair", STREAMS, ids=lambda pair: pair.decoder.__name__)
every_pair = pytest.mark.parametrize("pair", [*STREAMS, SPOT], ids=lambda pair: pair.decoder.__name__)


def conversation(pair: Pair, *course: tuple[int, Vitals]) -> list[Reading]:
    """What is read from the device, four times a second, while it measures each of these for so many seconds."""
    emulator, decoder, readings, now = pair.emulator(course[0][1]), pair.decoder("x"), list[Reading](), 0
    for seconds, emulator.vitals in course:
        for _ in range(4 * seconds):
            emulator.hear(decoder.due(now), now)
            readings += decoder.feed(emulator.say(now), now)
            now += SECOND // 4
    return readings


def last(readings: list[Reading]) -> dict[str, float | None]:
    return {reading.signal: reading.value for reading in readings if isinstance(reading, Observation)}


@every_pair
@pytest.mark.parametrize("pr", [30, 75, 127, 128, 150, 200, 250])
def test_its_decoder_reads_what_it_measures(pair: Pair, pr: float) -> None:
    assert last(conversation(pair, (12, Vitals(pr=pr, spo2=88)))) == {"pr": pr, "spo2": 88}


@every_stream
def test_a_finger_that_is_out_is_no_reading(pair: Pair) -> None:
    assert last(conversation(pair, (4, Vitals()), (12, OUT))) == {"pr": None, "spo2": None}


@pytest.mark.parametrize("pair", STREAMS[:3], ids=lambda pair: pair.decoder.__name__)
def test_the_numbers_it_holds_when_the_finger_is_out_are_not_shown(pair: Pair) -> None:
    emulator = pair.emulator(Vitals())
    emulator.say(0)
    emulator.say(2 * SECOND)
    emulator.vitals = OUT
    assert bytes([97]) in emulator.say(4 * SECOND)
    readings = conversation(pair, (4, Vitals()), (3, OUT))
    assert last(readings) == {"pr": None, "spo2": None}
    statuses = [reading.conditions for reading in readings if isinstance(reading, DeviceStatus)]
    assert statuses == [set(), {Condition.PROBE_OFF}]


@pytest.mark.parametrize("pair", STREAMS[:4], ids=lambda pair: pair.decoder.__name__)
@pytest.mark.parametrize(
    ("pi", "conditions"), [(2.4, set()), (0.5, {Condition.LOW_SIGNAL}), (0.1, {Condition.LOW_PERFUSION})]
)
def test_a_weak_pulse_is_told(pair: Pair, pi: float, conditions: set[Condition]) -> None:
    statuses = [r for r in conversation(pair, (5, Vitals(pi=pi))) if isinstance(r, DeviceStatus)]
    assert statuses[-1].conditions == conditions


@every_stream
def test_it_keeps_its_own_pace(pair: Pair) -> None:
    emulator = pair.emulator(Vitals())
    assert emulator.say(7 * SECOND) == b""
    assert len(emulator.say(17 * SECOND)) == 10 * pair.rate
    assert emulator.say(17 * SECOND) == b""


def test_a_spot_check_is_one_measurement_for_each_finger() -> None:
    readings = conversation(SPOT, (20, Vitals()), (2, OUT), (20, Vitals(pr=80)))
    assert [r.value for r in readings if isinstance(r, Observation)] == [75, 97, 80, 97]


def test_commands_are_answered_in_the_first_five_seconds() -> None:
    emulator = nonin_df13.NoninDf13(OUT)
    for byte in SELECT:
        emulator.hear(bytes([byte]), 0)
    assert emulator.say(0) == b"\x06"
    emulator.hear(SELECT[:4] + b"\x08\x03", 5 * SECOND)
    assert emulator.say(5 * SECOND) == b"\x15"
    emulator.hear(SELECT, 5 * SECOND + 1)
    assert emulator.say(6 * SECOND) == b""
