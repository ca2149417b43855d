"""The PAR module: the frames of its document, and old pressures that must not become new ones."""

import pytest

from ingest.devices.par_nibp import ABORT, GET_STATUS, MANUAL, START, ParNibp
from ingest.model import SECOND, Condition, DeviceState, DeviceStatus, NibpReading, Reading

MEASURING = frozenset({Condition.MEASURING})

PRESSURE = b"\x02035C0S3\x03\r\x02118C0S3\x03\r"
END = b"\x02999\x03\r"
GOOD = b"\x02S1;A0;C03;M00;P125080090;R075;T0005;;40\x03\r"
LEAK = b"\x02S2;A0;C00;M07;P120078090;R060;T    ;;FC\x03\r"


def cuff(readings: list[Reading]) -> list[tuple[object, ...]]:
    return [(r.sys, r.dia, r.map, r.error) for r in readings if isinstance(r, NibpReading)]


def decoded(stream: bytes) -> list[tuple[object, ...]]:
    return cuff(ParNibp("x").feed(stream, 0))


def status(text: str) -> bytes:
    return f"\x02{text}{sum(text.encode()) % 256:02X}\x03\r".encode()


def test_a_status_after_a_measurement_is_its_result() -> None:
    assert decoded(PRESSURE + END + GOOD) == [(125, 80, 90, None)]


def test_a_status_without_one_is_an_old_result() -> None:
    assert decoded(GOOD) == []
    assert decoded(END + GOOD) == []
    assert len(decoded(PRESSURE + END + GOOD + GOOD)) == 1


@pytest.mark.parametrize(
    "printed", [b"S1;A0;C03;M00;P125080090;R075;T0005;;D2", b"S1;A0;C00;M00;P135345234;R087;T6890;;D9"]
)
def test_the_printed_samples_with_a_wrong_checksum_are_refused(printed: bytes) -> None:
    decoder = ParNibp("x")
    assert cuff(decoder.feed(PRESSURE + END + b"\x02" + printed + b"\x03\r", 0)) == []
    assert decoder.counters.bad_checksums == 1


def test_the_pressures_beside_an_error_are_not_taken() -> None:
    assert decoded(PRESSURE + END + LEAK) == [(None, None, None, "cuff or hose leaking")]


@pytest.mark.parametrize(
    ("code", "words"),
    [("06", "cuff loose or not connected"), ("11", "movement"), ("15", "system error"), ("44", "module error 44")],
)
def test_errors_in_words(code: str, words: str) -> None:
    assert decoded(PRESSURE + END + status(f"S1;A0;C00;M{code};P120078090;R060;T    ;;")) == [(None, None, None, words)]


def test_no_pressures_and_no_error_is_a_stop_at_the_module() -> None:
    assert decoded(PRESSURE + END + status("S1;A0;C00;M00;P---------;R---;T    ;;")) == [(None, None, None, "stopped")]


def test_neither_manometer_nor_leak_test_is_a_measurement() -> None:
    for state in b"47":
        assert decoded(2 * (b"\x02120C0S" + bytes([state]) + b"\x03\r") + END + GOOD) == []


def test_one_disturbed_cuff_pressure_of_a_leak_test_begins_no_measurement() -> None:
    leak_test, flipped = b"\x02120C0S7\x03\r", b"\x02120C0S3\x03\r"
    assert decoded(leak_test + flipped + leak_test + END + GOOD) == []


def test_the_commands_are_those_of_the_document() -> None:
    assert START == b"\x0201;;D7\x03"
    assert MANUAL == b"\x0203;;D9\x03"
    assert GET_STATUS == b"\x0218;;DF\x03"


def test_the_conversation_of_a_measurement() -> None:
    decoder = ParNibp("x")
    assert decoder.due(0) == GET_STATUS
    decoder.start_nibp()
    assert decoder.due(SECOND) == b""  # the module wants a pause
    assert decoder.due(2 * SECOND) == START
    decoder.feed(PRESSURE, 4 * SECOND)
    assert decoder.due(5 * SECOND) == b""  # it is left in peace
    decoder.feed(END, 6 * SECOND)
    assert decoder.due(6 * SECOND) == GET_STATUS
    assert cuff(decoder.feed(GOOD, 7 * SECOND)) == [(125, 80, 90, None)]


def test_an_end_that_was_missed_is_found_out() -> None:
    decoder = ParNibp("x")
    decoder.feed(PRESSURE, 0)
    assert decoder.due(3 * SECOND - 1) == b""
    assert decoder.due(3 * SECOND) == GET_STATUS
    still = decoder.feed(status("S3;A0;C00;M00;P---------;R---;T    ;;"), 4 * SECOND)
    assert still == [DeviceStatus(4 * SECOND, "x", DeviceState.CONNECTED, "", MEASURING)]
    assert decoder.due(5 * SECOND) == b""


def test_after_a_stop_even_good_numbers_are_old_ones() -> None:
    decoder = ParNibp("x")
    decoder.feed(PRESSURE, 0)
    decoder.stop_nibp()
    assert decoder.due(0) == ABORT == b"X"
    assert cuff(decoder.feed(END + GOOD, SECOND)) == [(None, None, None, "stopped")]


def test_an_interval_ends_the_cycles_of_the_module_itself() -> None:
    decoder = ParNibp("x")
    decoder.set_interval(None)
    assert [decoder.due(0), decoder.due(2 * SECOND)] == [MANUAL, GET_STATUS]
