"""Why there was an alarm: begin, samples, limit, phase, steps and rules, by hand from what was measured."""

from collections.abc import Iterable, Iterator
from itertools import chain

import pytest

from alerts.history import Historian
from alerts.model import Acknowledge, End, Ended, Escalated, Input, Phase, Raised, SetPhase
from alerts.profiles import load_profile
from alerts.receipts import LAST, Receipt, receipt, receipt_from
from ingest.model import NIBP, SECOND, DeviceConfiguration, NibpReading, Observation, Signal, micros

PROFILE = load_profile("iv-ketamine")
SOURCE = "monitor"


def begin(phase: Phase = Phase.INFUSION, signal: Signal = Signal.SPO2) -> list[Input]:
    """A monitor with a cuff, and one signal."""
    return [DeviceConfiguration(0, SOURCE, NIBP | {signal}), SetPhase(0, "test", phase, "test")]


def each_second(first: int, last: int, value: float | None, signal: Signal = Signal.SPO2) -> Iterator[Input]:
    return (Observation(micros(t), SOURCE, signal, value) for t in range(first, last + 1))


def explained(inputs: Iterable[Input], rule: str = "O2-2") -> Receipt:
    """The receipt of the first alarm of a rule."""
    given = list(inputs)
    for id_ in range(1, 20):
        found = receipt(given, PROFILE, id_)
        if found.rule.id == rule:
            return found
    raise AssertionError(rule)


def seconds(found: Receipt) -> list[tuple[float, float]]:
    return [(t / SECOND, value) for t, value in found.samples]


def test_a_persistence_shows_what_lasted_so_long() -> None:
    spo2 = chain(each_second(0, 9, 97), each_second(10, 40, 89), each_second(41, 60, 97))
    found = explained([*begin(), *spo2, End(micros(60))])
    assert (found.onset, found.raised.since) == (micros(10), micros(25))
    assert seconds(found) == [(t, 89) for t in range(10, 26)]
    assert (found.limit, found.persistence, found.phase) == ("SpO2 < 90", 15, Phase.INFUSION)
    assert (found.raised.value, found.raised.limit) == (89, 90)
    assert (found.profile, found.sha256) == ("iv-ketamine", PROFILE.sha256)


def test_the_steps_are_its_whole_life() -> None:
    low = [*each_second(0, 9, 97), *each_second(10, 30, 89), Acknowledge(micros(30), "AB", (1,))]
    found = explained([*begin(), *low, *each_second(31, 80, 89), *each_second(81, 100, 97), End(micros(100))])
    said = [(type(step).__name__, step.t / SECOND) for step in found.steps]
    assert said == [("Raised", 25), ("Acknowledged", 30), ("Escalated", 70), ("Ended", 86)]


def test_percent_seconds_show_the_minute_before() -> None:
    # 10 %-seconds a second: 50 are full 5 s after the first 80
    spo2 = chain(each_second(0, 99, 97), each_second(100, 120, 80))
    found = explained([*begin(), *spo2, End(micros(120))])
    assert (found.onset, found.raised.since) == (micros(100), micros(105))
    assert seconds(found) == [(t, 97.0 if t < 100 else 80.0) for t in range(45, 106)]


def test_a_condition_begins_no_earlier_than_the_rule_is_judged() -> None:
    """HR-1 is not judged in phase baseline: 60 s count from the start of the infusion, with the value held then."""
    infusion = SetPhase(micros(100) + 1, "test", Phase.INFUSION, "a clinician's decision")
    before, after = (each_second(first, first + 100, 115, Signal.HR) for first in (0, 101))
    inputs = [*begin(Phase.BASELINE, Signal.HR), *before, infusion, *after]
    found = explained([*inputs, End(micros(201))], "HR-1")
    assert (found.onset, found.raised.since) == (micros(100) + 1, micros(160) + 1)
    assert seconds(found)[0] == (100, 115)
    assert found.phase is Phase.INFUSION


def test_after_a_gap_the_condition_begins_anew() -> None:
    """Held until 13, then lost, back at 30: the 15 s begin there."""
    spo2 = chain(each_second(0, 3, 89), each_second(30, 60, 89))
    found = explained([*begin(), *spo2, End(micros(60))])
    assert found.onset == micros(30)
    assert seconds(found)[0] == (30, 89)


def test_a_long_persistence_shows_only_the_last_samples() -> None:
    """HR-1 at 4 samples a second: 241 of them."""
    fast = [Observation(SECOND * n // 4, SOURCE, Signal.HR, 115) for n in range(300)]
    found = explained([*begin(signal=Signal.HR), *fast, End(micros(75))], "HR-1")
    assert (len(found.samples), found.left_out) == (LAST, 241 - LAST)
    assert found.samples[-1] == (micros(60), 115)


def test_a_cuff_alarm_shows_the_readings_up_to_it() -> None:
    cuff = [NibpReading(micros(t), SOURCE, sys, 80, 95) for t, sys in ((60, 120), (360, 150), (660, 185), (700, 186))]
    found = explained([*begin(), *cuff, End(micros(800))], "BP-3")
    assert [(reading.t / SECOND, reading.sys) for reading in found.readings] == [(60, 120), (360, 150), (660, 185)]
    assert found.limit == "SBP >= 180 or DBP >= 110"
    assert isinstance(found.steps[1], Escalated)
    assert found.samples == ()


def test_a_missing_signal_shows_its_last_samples() -> None:
    found = explained([*begin(), *each_second(0, 20, 97), End(micros(60))], "T-1")
    assert (found.onset, found.raised.since) == (micros(20), micros(30))
    assert seconds(found) == [(t, 97) for t in range(21)]
    assert found.limit is None


def test_an_alarm_that_is_not_there_says_which_are() -> None:
    inputs = [*begin(), *each_second(0, 40, 89), End(micros(40))]
    with pytest.raises(LookupError, match="no alarm 9: there are 1 to 2"):
        receipt(inputs, PROFILE, 9)
    with pytest.raises(LookupError, match="no alarm 1: there are none"):
        receipt([*begin(), End(1)], PROFILE, 1)


def test_a_live_screen_has_the_same_receipt_from_events_and_history() -> None:
    inputs = [*begin(), *each_second(0, 9, 97), *each_second(10, 40, 89), End(micros(40))]
    replayed = explained(inputs)
    historian = Historian((Signal.SPO2,))
    for t in range(41):
        historian.add(micros(t), Signal.SPO2, 97 if t < 10 else 89)
    assert isinstance(replayed.steps[0], Raised)
    live = receipt_from(replayed.steps, historian.copy(), PROFILE, replayed.raised.id)
    assert (live.onset, live.samples, live.limit) == (replayed.onset, replayed.samples, replayed.limit)
    assert isinstance(live.steps[-1], Ended)
