"""Which bytes are of now: 9600 baud carry 960 bytes a second."""

from ingest.devices import Line
from ingest.model import (
    SECOND,
    Condition,
    DeviceConfiguration,
    DeviceState,
    DeviceStatus,
    NibpReading,
    Observation,
    Reading,
    Signal,
    Waveform,
)
from ingest.sources.arrivals import Arrivals, worth_showing

SLOW = Line(9600)


def s(seconds: float) -> int:
    return round(seconds * SECOND)


def test_what_comes_while_somebody_looks_is_of_now() -> None:
    arrivals = Arrivals(SLOW, 0)
    assert [arrivals.age(s(t), 5) for t in (0.1, 0.2, 1.2)] == [None, None, None]


def test_after_a_stall_it_may_be_as_old_as_the_last_look_for_a_tenth_of_a_second() -> None:
    arrivals = Arrivals(SLOW, 0)
    assert arrivals.age(s(10), 5) == s(10)
    assert arrivals.age(s(10.05), 500) == s(10.05)
    assert arrivals.age(s(10.1), 5) is None


def test_a_stall_in_which_nothing_came_does_not_delay_what_comes_later() -> None:
    arrivals = Arrivals(SLOW, 0)
    arrivals.age(s(3600), 0)
    assert arrivals.age(s(3600.1), 5) is None


def test_more_than_a_second_of_the_line_at_once_was_kept_somewhere() -> None:
    arrivals = Arrivals(SLOW, 0)
    assert arrivals.age(s(0.1), 960) is None
    assert arrivals.age(s(0.2), 961) == s(0.1)
    assert arrivals.age(s(0.25), 1) == s(0.15)


def test_on_a_fast_line_a_full_terminal_is_enough() -> None:
    assert Arrivals(Line(115200), 0).age(s(0.1), 4095) is not None


def test_of_old_readings_only_the_last_state_and_a_recent_cuff_reading_are_shown() -> None:
    off = DeviceStatus(0, "m", DeviceState.CONNECTED, "", frozenset({Condition.PROBE_OFF}))
    on = DeviceStatus(1, "m", DeviceState.CONNECTED)
    cuff = NibpReading(1, "m", 120, 80)
    signals = DeviceConfiguration(1, "m", frozenset({Signal.HR}))
    readings: list[Reading] = [
        off,
        signals,
        Observation(0, "m", Signal.HR, 60),
        cuff,
        on,
        Waveform(0, "m", Signal.PLETH, 60, (1,)),
    ]
    assert worth_showing(readings, s(10)) == [signals, cuff, on]
    assert worth_showing(readings, s(10) + 1) == [signals, on]
