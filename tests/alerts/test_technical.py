"""Missing signals, silent devices, a failing record, and the life of an occurrence."""

import pytest

from alerts.model import (
    Acknowledge,
    AudioPaused,
    AudioResumed,
    Escalated,
    OccurrenceState,
    PauseAudio,
    Phase,
    Raised,
    Refused,
    Rejected,
    Reminded,
    ResumeAudio,
    SetPhase,
)
from ingest.model import DeviceConfiguration, DeviceState, DeviceStatus, Observation, Signal, micros
from ingest.sources import RECORD
from tests.alerts.story import SOURCE, Story


def test_spo2_missing_is_seen_at_10_low_at_30_medium_at_60_from_the_last_valid_sample() -> None:
    story = Story(signals={Signal.SPO2})
    story.spo2(0, 97)
    story.spo2_each_second(1, 61, None)  # the device speaks, but has no reading
    story.spo2(62, 97)
    assert story.lines() == [
        "10 raised T-1 information",
        "30 escalated T-1 low",
        "60 escalated T-1 medium",
        "62 ended T-1 signal is back",
    ]


def test_missing_from_the_very_start_of_the_infusion_counts_too() -> None:
    story = Story(signals={Signal.SPO2})
    story.spo2_each_second(0, 31, None)
    assert story.lines("T-1") == ["10 raised T-1 information", "30 escalated T-1 low"]


def test_in_setup_nothing_is_missed_before_its_first_value() -> None:
    story = Story(phase=Phase.SETUP, signals={Signal.SPO2})
    story.spo2_each_second(0, 40, None)
    assert story.lines("T-1") == []
    story.spo2(41, 97)
    story.spo2_each_second(42, 52, None)
    assert story.lines("T-1") == ["51 raised T-1 information"]


def test_a_limit_alarm_whose_signal_is_lost_ends_and_t6_takes_its_priority() -> None:
    story = Story(signals={Signal.SPO2})
    story.spo2_each_second(0, 20, 86)
    story.spo2_each_second(21, 31, None)
    assert story.lines("O2-2", "T-6", "T-1") == [
        "12.5 raised O2-2 medium",  # 4 a second: 50 %-seconds after 12.5 s
        "30 ended O2-2 signal lost",
        "30 raised T-6 medium",
    ]


@pytest.mark.parametrize(("lost", "rule"), [(80, "T-6"), (82, "T-1")])
def test_lost_within_60_seconds_after_an_alarm_is_no_technicality(lost: int, rule: str) -> None:
    """O2-2 ends at 21 + ... : 91 from 16 on, 5 s later, at 21; the last valid sample is at `lost`."""
    story = Story(signals={Signal.SPO2})
    story.spo2_each_second(0, 15, 89)
    story.spo2_each_second(16, lost, 95)
    story.spo2_each_second(lost + 1, lost + 11, None)
    assert story.lines("O2-2")[-1] == "21 ended O2-2 back inside limits"
    assert story.lines("T-6", "T-1")[0].split()[2] == rule


def test_a_held_value_keeps_its_truth() -> None:
    story = Story(signals={Signal.SPO2})
    story.spo2(0, 95)
    story.spo2(1, 88)
    for t in range(2, 10):
        story.spo2(t, None)
    story.spo2(10.5, 88)
    story.tick(17)
    assert story.lines("O2-2") == ["16 raised O2-2 medium"]


def test_a_lost_value_drops_a_pending_persistence() -> None:
    story = Story(signals={Signal.SPO2})
    story.spo2(0, 89)
    for t in range(1, 12):
        story.spo2(t, None)
    story.spo2_each_second(12, 26, 89)
    assert story.lines("O2-2") == []
    story.spo2(28, 89)
    assert story.lines("O2-2") == ["27 raised O2-2 medium"]


def test_one_sample_a_minute_is_held_150_seconds() -> None:
    story = Story(signals={Signal.HR}, interval_s=60)
    story.hr(0, 80)
    story.tick(149)
    assert story.lines() == []
    story.tick(151)
    assert story.lines("T-1") == ["150 raised T-1 medium"]
    assert story.lines("T-4") == ["150 raised T-4 medium"]


def test_a_silent_device_is_low_after_5_and_medium_after_30_seconds() -> None:
    story = Story(signals={Signal.SPO2})
    story.spo2(0, 97)
    story.tick(31)
    story.spo2(32, None)
    assert story.lines("T-4") == ["5 raised T-4 low", "30 escalated T-4 medium", "32 ended T-4 data again"]


def test_a_disconnected_device_says_so() -> None:
    story = Story(signals={Signal.SPO2})
    story.spo2(0, 97)
    story.give(DeviceStatus(micros(1), SOURCE, DeviceState.DISCONNECTED, "unplugged"))
    story.tick(6)
    (raised,) = [e for e in story.events if isinstance(e, Raised)]
    assert raised.occurrence.message == "monitor: disconnected (unplugged) for 5 s"


def test_a_recording_that_is_over_is_no_silent_device() -> None:
    story = Story(signals={Signal.SPO2})
    story.spo2(0, 97)
    story.give(DeviceStatus(micros(1), SOURCE, DeviceState.ENDED))
    story.tick(9)
    assert story.lines() == []


def test_the_record_that_fails_is_a_high_alarm_until_it_works_again() -> None:
    story = Story(signals=())
    story.give(DeviceStatus(micros(1), RECORD, DeviceState.DISCONNECTED, "disk full"))
    story.give(DeviceStatus(micros(4), RECORD, DeviceState.CONNECTED))
    assert story.lines("T-5") == ["1 raised T-5 high", "4 ended T-5 the record is written again"]


@pytest.mark.parametrize("value", [0, 301, -5])
def test_an_impossible_heart_rate_is_counted_and_is_no_value(value: float) -> None:
    story = Story(signals={Signal.HR})
    story.hr(0, 80)
    story.hr_each_second(1, 11, value)
    assert story.engine.rejected == 11
    assert sum(isinstance(e, Rejected) for e in story.events) == 11
    assert story.lines("T-1") == ["10 raised T-1 information"]


def test_pulse_rate_is_judged_where_there_is_no_heart_rate() -> None:
    story = Story(signals={Signal.PR, Signal.SPO2})
    for t in range(17):
        story.value(t, Signal.PR, 140)
        story.spo2(t, 97)
    assert story.lines("HR-3") == ["15 raised HR-3 high"]
    (raised,) = [e for e in story.events if isinstance(e, Raised)]
    assert (raised.occurrence.signal, raised.occurrence.message) == ("pr", "PR 140 >= 131 for 15 s")


def test_where_both_are_there_the_heart_rate_is_judged() -> None:
    story = Story(signals={Signal.PR, Signal.HR})
    for t in range(17):
        story.value(t, Signal.PR, 140)
        story.hr(t, 80)
    assert story.lines() == []


# Acknowledge, latch, audio pause


def high(story: Story) -> int:
    """A high occurrence at 15 s that goes on; its id."""
    story.hr_each_second(0, 16, 140)
    (raised,) = [e for e in story.events if isinstance(e, Raised) and e.occurrence.rule == "HR-3"]
    return raised.occurrence.id


def test_a_high_that_ends_unacknowledged_stays_until_acknowledged() -> None:
    story = Story(signals={Signal.HR})
    id_ = high(story)
    story.hr_each_second(17, 23, 80)
    (latched,) = story.engine.occurrences
    assert (latched.state, latched.reason) == (OccurrenceState.LATCHED, "back inside limits")
    story.give(Acknowledge(micros(24), "AB", (id_,)))
    assert story.engine.occurrences == ()


def test_an_acknowledged_high_that_ends_is_over() -> None:
    story = Story(signals={Signal.HR})
    id_ = high(story)
    story.give(Acknowledge(micros(16.5), "AB", (id_,)))
    story.hr_each_second(17, 23, 80)
    assert story.engine.occurrences == ()


def test_an_acknowledged_high_that_is_still_true_reminds_every_120_seconds() -> None:
    story = Story(signals={Signal.HR})
    id_ = high(story)
    story.give(Acknowledge(micros(20), "AB", (id_,)))
    story.hr_each_second(21, 261, 140)
    assert [e.t for e in story.events if isinstance(e, Reminded) and e.occurrence.id == id_] == [
        micros(140),
        micros(260),
    ]


def test_escalation_cancels_an_acknowledgement() -> None:
    story = Story(signals={Signal.SPO2})
    story.spo2_each_second(0, 16, 89)
    ids = tuple(o.id for o in story.engine.occurrences)
    story.give(Acknowledge(micros(16.5), "AB", ids))
    story.spo2_each_second(17, 61, 89)
    (escalated,) = [e for e in story.events if isinstance(e, Escalated)]
    assert escalated.occurrence.state is OccurrenceState.RAISED
    assert escalated.occurrence.acknowledged_by is None


def test_acknowledging_twice_or_nothing_is_refused_in_words() -> None:
    story = Story(signals={Signal.HR})
    id_ = high(story)
    story.give(Acknowledge(micros(20), "AB", (id_,)))
    story.give(Acknowledge(micros(20), "CD", (id_, 99)))
    assert [e.reason for e in story.events if isinstance(e, Refused)] == [
        f"alarm {id_} is acknowledged",
        "there is no alarm 99",
    ]


def test_the_audio_pause_ends_by_itself_after_120_seconds() -> None:
    story = Story(signals={Signal.HR})
    story.give(PauseAudio(micros(5), "AB"))
    story.tick(126)
    assert [e for e in story.events if isinstance(e, AudioPaused | AudioResumed)] == [
        AudioPaused(micros(5), "AB", micros(125)),
        AudioResumed(micros(125), "pause over"),
    ]


def test_a_new_high_breaks_the_audio_pause() -> None:
    story = Story(signals={Signal.HR})
    story.give(PauseAudio(0, "AB"))
    high(story)
    assert [e for e in story.events if isinstance(e, AudioResumed)] == [
        AudioResumed(micros(15), "high-priority alarm HR-3")
    ]
    assert story.engine.board.paused_until is None


def test_the_audio_pause_can_be_cancelled_once() -> None:
    story = Story(signals={Signal.HR})
    story.give(PauseAudio(0, "AB"))
    story.give(ResumeAudio(micros(1), "AB"))
    story.give(ResumeAudio(micros(2), "AB"))
    assert isinstance(story.events[-1], Refused)


def test_a_phase_that_does_not_know_a_rule_ends_it() -> None:
    story = Story(signals={Signal.HR})
    story.hr_each_second(0, 61, 115)
    story.give(SetPhase(micros(62), "AB", Phase.BASELINE))
    assert story.lines("HR-1") == ["60 raised HR-1 low", "62 ended HR-1 phase baseline"]


def test_a_phase_that_adds_a_rule_looks_at_the_held_value() -> None:
    story = Story(phase=Phase.BASELINE, signals={Signal.HR})
    story.hr_each_second(0, 50, 115)
    story.give(SetPhase(micros(50), "AB", Phase.INFUSION, "a test"))
    story.hr_each_second(51, 111, 115)
    assert story.lines("HR-1") == ["110 raised HR-1 low"]


def test_nothing_is_judged_once_the_session_has_ended() -> None:
    story = Story(signals={Signal.HR})
    story.give(SetPhase(micros(1), "AB", Phase.ENDED))
    story.hr_each_second(2, 60, 140)
    story.tick(300)
    assert story.lines() == []


def test_the_end_of_the_log_ends_what_is_active() -> None:
    story = Story(signals={Signal.HR})
    story.hr_each_second(0, 15, 140)
    story.end(15)
    assert story.lines() == ["15 raised HR-3 high", "15 ended HR-3 session ended"]


def test_two_sources_of_one_signal_are_not_mixed() -> None:
    """The first to declare it gives it; that the other's is not judged is counted and in the record."""
    story = Story(signals={Signal.SPO2})
    story.give(DeviceConfiguration(0, "second", frozenset({Signal.SPO2})))
    for t in range(17):
        story.spo2(t, 89)
        story.give(Observation(micros(t + 0.5), "second", Signal.SPO2, 97))
    assert story.lines("O2-2") == ["15 raised O2-2 medium"]
    assert [e.reason for e in story.events if isinstance(e, Rejected)] == [
        "spo2 of second is not judged while monitor gives it"
    ]
