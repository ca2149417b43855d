"""Two devices that give one signal: one is listened to, the other stands by and takes over when it is needed."""

from alerts.engine import Engine
from alerts.model import Phase, Raised, Rejected, SetPhase
from alerts.profiles import load_profile
from ingest.model import SECOND, DeviceConfiguration, Observation, Signal, Tick

SPO2 = frozenset({Signal.SPO2})


class Two:
    """Oximeters `first` and `second`, declared in this order, in phase infusion."""

    def __init__(self) -> None:
        self.engine = Engine(load_profile("iv-ketamine"))
        self.raised: list[tuple[float, str]] = []
        self.notes: list[tuple[float, str]] = []
        for source in ("first", "second"):
            self.engine.step(DeviceConfiguration(0, source, SPO2))
        self.engine.step(SetPhase(0, "AB", Phase.INFUSION, "a test"))

    def says(self, source: str, first: int, last: int, value: float | None) -> None:
        for t in range(first, last + 1):
            for event in self.engine.step(Observation(t * SECOND, source, Signal.SPO2, value)):
                if isinstance(event, Raised):
                    self.raised.append((event.t / SECOND, event.occurrence.rule))
                elif isinstance(event, Rejected):
                    self.notes.append((event.t / SECOND, event.reason))


def test_while_the_first_speaks_the_second_is_not_judged() -> None:
    two = Two()
    for t in range(30):
        two.says("first", t, t, 97)
        two.says("second", t, t, 70)
    assert two.raised == []
    assert two.engine.value(Signal.SPO2)[0] == 97


def test_when_the_first_falls_silent_the_second_takes_over_at_the_end_of_the_hold_and_keeps_it() -> None:
    two = Two()
    two.says("first", 0, 10, 97)  # held until 20
    two.says("second", 11, 40, 83)
    assert two.engine.value(Signal.SPO2)[0] == 83
    assert (31, "O2-3") in two.raised  # from 21 on, the first sample after the hold: 10 s
    two.says("first", 41, 45, 97)
    assert two.engine.value(Signal.SPO2)[0] == 83


def test_a_device_that_has_no_reading_takes_nothing_over() -> None:
    two = Two()
    two.says("first", 0, 10, 97)
    two.says("second", 11, 25, None)
    two.says("first", 26, 26, 96)
    assert two.engine.value(Signal.SPO2)[0] == 96


def test_a_value_is_held_as_long_as_the_device_that_gave_it_declares() -> None:
    """The first sends one a minute (held 150 s), the second one a second (held 10 s)."""
    engine = Engine(load_profile("iv-ketamine"))
    engine.step(DeviceConfiguration(0, "slow", SPO2, 60 * SECOND))
    engine.step(DeviceConfiguration(0, "quick", SPO2))
    engine.step(SetPhase(0, "AB", Phase.INFUSION, "a test"))
    engine.step(Observation(0, "slow", Signal.SPO2, 97))
    engine.step(Observation(151 * SECOND, "quick", Signal.SPO2, 96))
    engine.step(Tick(161 * SECOND))
    assert engine.value(Signal.SPO2)[0] == 96
    engine.step(Tick(161 * SECOND + 1))
    assert engine.value(Signal.SPO2)[0] is None


def test_people_are_told_whose_numbers_they_see() -> None:
    two = Two()
    two.says("first", 0, 10, 97)
    two.says("second", 11, 25, 95)
    assert two.engine.vitals.owner(Signal.SPO2) == "second"
    assert two.notes[-1] == (21, "spo2 is that of second from now on: first gives none")
