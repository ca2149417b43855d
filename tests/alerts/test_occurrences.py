"""Occurrences whole, field by field: what they are about and what they say (docs/mutation.md)."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from alerts.model import (
    Acknowledge,
    Interruption,
    Occurrence,
    OccurrenceEvent,
    OccurrenceState,
    Priority,
    Raised,
    ReportSymptom,
    SetBaseline,
    Side,
    TrySound,
)
from alerts.profiles import load_profile
from alerts.signals import announced, sound
from ingest.model import (
    SECOND,
    DeviceConfiguration,
    DeviceState,
    DeviceStatus,
    Observation,
    Signal,
    Waveform,
    micros,
)
from ingest.sources import RECORD, SOUND
from tests.alerts.story import SOURCE, Story

PROFILE = load_profile("iv-ketamine")
RANK = {rule.id: number for number, rule in enumerate(PROFILE.rule)}


def test_an_occurrence_in_full_from_its_beginning_to_its_end() -> None:
    """SpO2 89 from 10 on, 88 from 40: medium at 25, high at 70, acknowledged, over 5 s after 97."""
    story = Story(signals={Signal.SPO2})
    story.spo2_each_second(0, 9, 97)
    story.spo2_each_second(10, 39, 89)
    story.spo2_each_second(40, 71, 88)
    story.give(Acknowledge(micros(72), "AB", (1,), Priority.HIGH))
    story.spo2_each_second(73, 80, 97)
    raised = Occurrence(
        1, "O2-2", Priority.MEDIUM, Signal.SPO2, Side.LOW, 89, 90, "SpO2 89 < 90 for 15 s", micros(25),
        rank=RANK["O2-2"],
    )  # fmt: skip
    high = replace(raised, priority=Priority.HIGH, value=88, message="SpO2 88 < 90 for 60 s")
    acknowledged = replace(high, state=OccurrenceState.ACKNOWLEDGED, acknowledged_by="AB")
    ended = replace(acknowledged, state=OccurrenceState.ENDED, ended=micros(78), reason="back inside limits")
    events = [event for event in story.events if isinstance(event, OccurrenceEvent)]
    told = [event.occurrence for event in events if event.occurrence.rule == "O2-2"]
    assert told == [raised, high, acknowledged, ended]


def rr_zero(story: Story) -> None:
    story.give(DeviceConfiguration(0, "capnograph", frozenset({Signal.RR})))
    for t in range(21):
        story.give(Observation(micros(t), "capnograph", Signal.RR, 0))


def lost_in_an_alarm(story: Story) -> None:
    """83 until 12: O2-3 from 10 on; the hold ends at 22."""
    story.spo2_each_second(0, 12, 83)


def both_high(story: Story) -> None:
    """150 mmHg at 140 bpm, twice."""
    for t in range(5):
        story.hr(t, 140)
    story.nibp(2, 150, 90)
    story.nibp(4, 150, 90)


def unplugged(story: Story) -> None:
    story.give(DeviceStatus(micros(2), "monitor", DeviceState.DISCONNECTED))


def muted(story: Story) -> None:
    story.give(DeviceStatus(micros(2), SOUND, DeviceState.DISCONNECTED, "muted"))


def nibp_fails(story: Story) -> None:
    story.nibp(2, None, None)
    story.nibp(4, None, None)


def spo2_once(story: Story) -> None:
    story.spo2(1, 97)


def pressure_high(story: Story) -> None:
    story.nibp(60, 190, 112)


def not_heard(story: Story) -> None:
    story.give(TrySound(SECOND, "AB", False))


def symptom(story: Story) -> None:
    story.give(ReportSymptom(SECOND, "AB", "dyspnoea"))


def stuck(story: Story) -> None:
    story.hr_each_second(0, 180, 80)


def flat(story: Story) -> None:
    for t in range(6):
        story.spo2(t, 97)
        story.give(Waveform(micros(t), SOURCE, Signal.PLETH, 4, (50, 50, 50, 50)))


def contradicting(story: Story) -> None:
    for t in range(31):
        story.hr(t, 80)
        story.value(t, Signal.PR, 120)


HIGH_PRESSURE = "SBP 190 >= 180, DBP 112 >= 110"
FLAT = "Pleth flat for 5 s under an SpO2 number: check the probe"
OVERDUE = "NIBP overdue: no reading for 7 min"
NOT_HEARD = "No alarm sound: AB did not hear the test"
PRODUCT = "HR x SBP 21000 > 20000, 2 readings in a row"


@pytest.mark.parametrize(
    ("happens", "until", "rule", "priority", "about"),
    [
        (spo2_once, 12, "T-1", 0, ("spo2", None, None, None, "SpO2: no reading for 10 s")),
        (spo2_once, 7, "T-4", 1, ("monitor", None, None, None, "monitor: no data for 5 s")),
        (unplugged, 6, "T-4", 1, ("monitor", None, None, None, "monitor: disconnected for 5 s")),
        (lost_in_an_alarm, 23, "T-6", 3, ("spo2", None, None, None, "SpO2 lost during SpO2 alarm: check the patient")),
        (muted, 33, "T-10", 2, ("sound", None, None, None, "No alarm sound (muted) for 30 s")),
        (not_heard, 2, "T-10", 2, ("sound", None, None, None, NOT_HEARD)),
        (stuck, 181, "T-7", 1, ("hr", None, 80, None, "HR unchanged at 80 for 3 min: check the device")),
        (flat, 6, "T-7", 1, ("pleth", None, None, None, FLAT)),
        (contradicting, 31, "T-8", 1, ("pr", None, None, None, "HR 80 and PR 120 differ for 30 s")),
        (rr_zero, 21, "RR-2", 2, ("rr", None, None, None, "No breath for 20 s")),
        (pressure_high, 61, "BP-3", 2, ("nibp", Side.HIGH, 190, 180, HIGH_PRESSURE)),
        (pressure_high, 181, "T-2", 2, ("nibp", None, None, None, "NIBP repeat not taken within 2 min")),
        (lambda story: story.nibp(60, 120, 80), 481, "T-2", 2, ("nibp", None, None, None, OVERDUE)),
        (nibp_fails, 5, "T-2", 2, ("nibp", None, None, None, "NIBP failed 2 times: no values")),
        (both_high, 5, "RPP", 1, ("rpp", Side.HIGH, 21000, 20000, PRODUCT)),
        (symptom, 2, "SYM", 3, ("dyspnoea", None, None, None, "Dyspnoea (reported by AB)")),
    ],
)
def test_every_kind_of_occurrence_says_what_it_is_about(
    happens: Callable[[Story], None], until: float, rule: str, priority: int, about: tuple[object, ...]
) -> None:
    """Its signal, side, value, limit and message; only a T rule is technical."""
    story = Story()
    happens(story)
    story.tick(until)
    *_, o = (e.occurrence for e in story.events if isinstance(e, Raised) and e.occurrence.rule == rule)
    assert (o.signal, o.side, o.value, o.limit, o.message) == about
    assert (o.priority, o.technical) == (priority, rule.startswith("T-"))


def test_a_silent_rule_stays_silent() -> None:
    """BP-6: 20 % above the baseline of 100."""
    story = Story()
    story.give(SetBaseline(0, "AB", sys=100))
    story.nibp(1, 125, 80)
    (rise,) = story.engine.occurrences
    assert (rise.rule, rise.silent, rise.rank) == ("BP-6", True, RANK["BP-6"])


def test_a_medium_alarm_that_is_over_is_gone_from_the_screen() -> None:
    story = Story(signals={Signal.SPO2})
    story.spo2_each_second(0, 16, 89)
    assert [o.rule for o in story.engine.occurrences] == ["O2-2"]
    story.spo2_each_second(17, 23, 97)
    assert story.engine.occurrences == ()


def test_a_record_that_fails_is_named() -> None:
    story = Story()
    story.give(DeviceStatus(SECOND, RECORD, DeviceState.DISCONNECTED, "disk full"))
    (failing,) = story.engine.occurrences
    message = "The record is not being written: disk full"
    assert (failing.rule, failing.signal, failing.message) == ("T-5", RECORD, message)


def test_an_interruption_is_over_when_it_is_noticed_and_stays_until_it_was_seen() -> None:
    story = Story()
    story.give(Interruption(12 * SECOND, "the station", 2 * SECOND))
    (away,) = (o for o in story.engine.occurrences if o.rule == "T-9")
    assert away == Occurrence(
        away.id, "T-9", Priority.MEDIUM, "station", None, None, None,
        "Monitoring was interrupted for 10 s: check the patient", 12 * SECOND, technical=True,
        state=OccurrenceState.LATCHED, ended=12 * SECOND, reason="monitoring goes on", rank=RANK["T-9"], latches=True,
    )  # fmt: skip


# Which of them are announced, and in which order

LOW = Occurrence(1, "BP-1", Priority.LOW, "nibp", Side.HIGH, 165, 160, "SBP 165 >= 160", 0, rank=1)


def test_the_most_urgent_is_announced_first_and_one_that_nobody_acknowledged_before_one_that_somebody_did() -> None:
    medium = replace(LOW, id=2, priority=Priority.MEDIUM, signal="spo2")
    known = replace(medium, id=3, signal="hr", since=9, state=OccurrenceState.ACKNOWLEDGED)
    assert announced((LOW, known, medium)) == (medium, known, LOW)


def test_a_silent_one_hides_no_audible_one_and_an_audible_one_hides_it() -> None:
    assert announced((LOW, replace(LOW, id=2, silent=True, rank=2))) == (LOW,)


def test_a_technical_alarm_hides_no_other_and_no_other_hides_it() -> None:
    no_breath = replace(LOW, signal="rr", side=None)
    lost = replace(no_breath, id=2, priority=Priority.HIGH, technical=True)
    assert announced((no_breath, lost)) == (lost, no_breath)


def test_a_message_makes_no_sound() -> None:
    assert sound((replace(LOW, priority=Priority.INFORMATION),), is_paused=False) is None
    assert sound((LOW,), is_paused=False) is Priority.LOW
