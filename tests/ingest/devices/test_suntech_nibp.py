"""The SunTech module: the captured frames of public programs, and what a result may and may not say."""

from ingest.devices.suntech_nibp import ABORT, GET_PRESSURE, GET_RESULT, START, SuntechNibp
from ingest.model import SECOND, NibpReading, Reading

STARTED = bytes.fromhex("3E 04 4F 6F")
COMPLETE = bytes.fromhex("3E 04 4B 73")
ABORTED = bytes.fromhex("3E 04 41 7D")
BUSY = bytes.fromhex("3E 04 42 7C")
RESULT = bytes.fromhex("3E 18 73 00 4A 00 1E 01 00 00 00 00 00 00 31 07 55 00 58 00 00 00 00 E9")


def cuff(readings: list[Reading]) -> list[tuple[object, ...]]:
    return [(r.sys, r.dia, r.map, r.error) for r in readings if isinstance(r, NibpReading)]


def changed(at: int, value: int) -> bytes:
    """The captured result with another byte, and the checksum that goes with it."""
    frame = RESULT[:at] + bytes([value]) + RESULT[at + 1 : -1]
    return frame + bytes([-sum(frame) % 256])


def test_the_captured_result_counts_alone() -> None:
    assert cuff(SuntechNibp("x").feed(RESULT, 0)) == [(115, 74, 88, None)]


def test_a_result_counts_once_and_an_old_one_not_at_all() -> None:
    decoder = SuntechNibp("x")
    assert len(cuff(decoder.feed(STARTED + COMPLETE + RESULT + RESULT, 0))) == 1
    assert cuff(decoder.feed(COMPLETE + RESULT, SECOND)) == []


def test_a_cuff_pressure_is_no_blood_pressure() -> None:
    assert cuff(SuntechNibp("x").feed(STARTED + bytes.fromhex("3E 05 02 01 BA"), 0)) == []


def test_the_errors_of_the_module_in_words() -> None:
    assert cuff(SuntechNibp("x").feed(changed(20, 1), 0)) == [(None, None, None, "weak pulse signal")]
    assert cuff(SuntechNibp("x").feed(changed(20, 0x57), 0)) == [(None, None, None, "cuff loose or leaking")]
    assert cuff(SuntechNibp("x").feed(changed(20, 86), 0)) == [(None, None, None, "stopped")]
    assert cuff(SuntechNibp("x").feed(changed(20, 42), 0)) == [(None, None, None, "module error 42")]


def test_a_result_the_module_does_not_call_valid_is_none() -> None:
    assert cuff(SuntechNibp("x").feed(changed(7, 0), 0)) == [(None, None, None, "no valid result")]


def test_the_conversation_of_a_measurement() -> None:
    decoder = SuntechNibp("x")
    assert decoder.due(0) == GET_PRESSURE == bytes.fromhex("3A 79 05 00 48")
    decoder.start_nibp()
    assert decoder.due(SECOND // 4) == b""  # the answer comes first
    assert decoder.due(SECOND // 2) == START == bytes.fromhex("3A 20 A6")
    decoder.feed(STARTED, SECOND)
    assert decoder.due(SECOND) == GET_PRESSURE
    decoder.feed(COMPLETE, 30 * SECOND)
    assert decoder.due(30 * SECOND) == GET_RESULT == bytes.fromhex("3A 79 03 00 4A")
    assert decoder.due(31 * SECOND) == GET_RESULT  # the first answer was lost
    assert len(cuff(decoder.feed(RESULT, 31 * SECOND))) == 1
    assert decoder.due(32 * SECOND) == GET_PRESSURE


def test_a_stop_does_not_wait_for_a_slot() -> None:
    decoder = SuntechNibp("x")
    decoder.feed(STARTED, 0)
    decoder.due(0)
    decoder.stop_nibp()
    assert decoder.due(1) == ABORT == bytes.fromhex("3A 79 01 00 4C")
    assert cuff(decoder.feed(ABORTED + COMPLETE + RESULT, SECOND)) == [(None, None, None, "stopped")]
    assert decoder.due(SECOND) == GET_PRESSURE  # 'K' after 'A' announces no result


def test_a_module_that_stays_busy_is_quoted() -> None:
    decoder = SuntechNibp("x")
    decoder.start_nibp()
    readings: list[Reading] = []
    for half in range(40):
        sent = decoder.due(half * SECOND // 2)
        readings += decoder.feed(BUSY if sent == START else b"", half * SECOND // 2)
    assert cuff(readings) == [(None, None, None, "module busy")]
