"""What went wrong for users of other systems, each as a test named after the lesson (sources in brackets).

What concerns the engine is tested here; what concerns a browser, a sound or a table where it lives: ELSEWHERE.
"""

import re
from pathlib import Path

import pytest

from alerts.model import (
    Acknowledge,
    Ended,
    Escalated,
    Inhibited,
    InhibitionEnded,
    OccurrenceState,
    PauseAudio,
    Phase,
    Priority,
    Raised,
    Refused,
    ReportSymptom,
    ResumeAudio,
    SameLimbSet,
    SetLimit,
    SetPhase,
    SetSameLimb,
    SwitchRule,
)
from alerts.signals import sound
from alerts.wording import summary
from ingest.model import (
    NIBP,
    SECOND,
    Condition,
    DeviceConfiguration,
    DeviceState,
    DeviceStatus,
    Signal,
    micros,
)
from tests.alerts.story import Story

ELSEWHERE = {
    "stale alarms silent, or only while the app is open (NS #5738): a watchdog in the server, one in the screen": (
        "test_silence_alarms_without_any_input",
        "test_the_server_freezes",
        "test_the_page_was_frozen",
        "test_a_station_that_stands_still_is_a_fault",
        "test_a_station_that_stands_still_for_three_seconds_is_heard_whatever_it_said_last",
    ),
    "a snooze that clocks and time zones undo (NS #8194): one clock, which can be shifted": (
        "test_a_log_shifted_by_hours_gives_the_same_events",
        "test_ticks_change_nothing",
    ),
    "no way to see whether audio is on (NS #5349): state, test tone": (
        "test_all_three_sound_in_order_with_words",
        "test_when_nobody_hears_anything_it_is_an_alarm_until_a_screen_is_touched",
    ),
    "a browser that refuses sound until a gesture (standardized-audio-context #972): said, and heard elsewhere": (
        "test_a_refused_sound_is_seen_and_the_first_gesture_allows_it",
        "test_the_highest_alarm_is_heard",
    ),
    "a load of alarms nobody acts on (PMC4456276): alarms per hour": (
        "test_a_folder_is_a_table_with_the_worst_first_and_a_total",
    ),
    "delay and threshold decide the load (PMC4891882): what if": ("test_what_if_stands_beside_what_is",),
    "old NIBP shown without a word (APSF 2019): age, then no number": ("test_nibp_disappears_after_15_minutes",),
}


@pytest.mark.parametrize("lesson", ELSEWHERE)
def test_a_lesson_that_is_tested_elsewhere_still_is(lesson: str) -> None:
    written = {
        name
        for path in Path(__file__).parents[1].rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)\(", path.read_text("utf-8"))
    }
    assert set(ELSEWHERE[lesson]) <= written


def heard(story: Story) -> Priority | None:
    """Which sound the station makes now."""
    board = story.engine.board
    return sound(board.present, board.paused_until is not None)


def only_id(story: Story, rule: str) -> int:
    """The one occurrence of a rule so far."""
    (raised,) = [e for e in story.events if isinstance(e, Raised) and e.occurrence.rule == rule]
    return raised.occurrence.id


def test_staleness_needs_no_fresh_sample() -> None:
    """LoopFollow PR #449: a guard "data must be recent" blocked the alarm for old data. Only time passes here."""
    story = Story()
    story.tick(500)
    assert story.lines("T-1", "T-4", "T-2") == [
        "5 raised T-4 low",
        "10 raised T-1 information",
        "10 raised T-1 information",
        "30 escalated T-1 low",
        "30 escalated T-1 low",
        "30 escalated T-4 medium",
        "60 escalated T-1 medium",
        "60 escalated T-1 medium",
        "420 raised T-2 medium",
    ]


def test_what_time_brings_comes_without_a_message() -> None:
    """ThingsBoard #11803: the engine ran on messages only, so nothing timed out. After 21 s only time passes here."""
    story = Story(signals={Signal.SPO2})
    story.give(PauseAudio(0, "AB"))
    story.spo2_each_second(0, 20, 89)
    story.spo2(21, 95)
    story.tick(26)
    assert story.lines("O2-2") == ["15 raised O2-2 medium"]  # 21 + 5 is now, and inputs of now come first
    story.tick(200)
    assert story.lines("O2-2", "T-6") == [
        "15 raised O2-2 medium",
        "26 ended O2-2 back inside limits",
        "31 raised T-6 medium",
    ]
    assert story.engine.board.paused_until is None  # over at 120 s


def test_an_acknowledgement_outlasts_the_next_reading() -> None:
    """NS #8194: snooze ignored after the next reading."""
    story = Story(signals={Signal.HR})
    story.hr_each_second(0, 31, 121)
    story.give(Acknowledge(micros(31), "AB", (only_id(story, "HR-2"),)))
    for t in range(32, 299):
        story.hr(t, 121 + t % 3)
        states = {o.rule: o.state for o in story.engine.occurrences}
        assert states["HR-2"] is OccurrenceState.ACKNOWLEDGED
    assert heard(story) is None  # HR-1 lies under it: not announced while a higher one is active


def test_silencing_one_alarm_silences_no_other_and_can_be_cancelled() -> None:
    """NS #1081, nightguard #39, LoopFollow #624: independent per rule and side, a way back, some never silent."""
    story = Story(signals={Signal.HR, Signal.SPO2})
    for t in range(37):
        story.hr(t, 45)
        story.spo2(t, 97 if t < 20 else 89)
        if t == 16:
            story.give(Acknowledge(micros(t), "AB", (only_id(story, "HR-4"),)))
            assert heard(story) is None
    assert heard(story) is Priority.MEDIUM
    story.give(PauseAudio(micros(36), "AB"))
    assert heard(story) is None
    story.give(ResumeAudio(micros(37), "AB"))
    assert heard(story) is Priority.MEDIUM
    story.give(PauseAudio(micros(38), "AB"))
    story.give(ReportSymptom(micros(39), "AB", "seizure"))
    assert heard(story) is Priority.HIGH


def test_a_low_and_a_high_side_are_two_channels() -> None:
    """NS #1081: snoozing the low glucose alarm silenced the high one."""
    story = Story(signals={Signal.HR})
    story.hr_each_second(0, 16, 45)
    story.give(Acknowledge(micros(16), "AB", (only_id(story, "HR-4"),)))
    story.hr_each_second(17, 48, 125)
    assert "47 raised HR-2 medium" in story.lines("HR-2")
    assert heard(story) is Priority.MEDIUM


def test_nothing_is_held_back_by_itself_for_people_who_did_not_ask() -> None:
    """NS #6348: a plugin snoozed high alarms of people who did not use it. Opt-in, shown, logged, and over."""
    asked, not_asked = (_with_an_inflating_cuff(is_asked) for is_asked in (True, False))
    assert not_asked.lines("O2-2") == ["25 raised O2-2 medium"]
    assert asked.lines("O2-2") == ["55 raised O2-2 medium"]
    assert [e for e in asked.events if isinstance(e, SameLimbSet | Inhibited | InhibitionEnded)] == [
        SameLimbSet(0, "AB", True),
        Inhibited(micros(10), micros(70)),
        InhibitionEnded(micros(40)),
    ]


def _with_an_inflating_cuff(is_asked: bool) -> Story:
    story = Story(signals={Signal.SPO2})
    story.give(DeviceConfiguration(0, "cuff", NIBP, SECOND, True))
    if is_asked:
        story.give(SetSameLimb(0, "AB", True))
    story.spo2_each_second(0, 9, 97)
    story.give(DeviceStatus(micros(10), "cuff", DeviceState.CONNECTED, "", frozenset({Condition.MEASURING})))
    story.spo2_each_second(10, 39, 89)
    assert (story.engine.vitals.inhibition.until is not None) == is_asked
    story.give(DeviceStatus(micros(40), "cuff", DeviceState.CONNECTED))
    story.spo2_each_second(40, 56, 89)
    return story


def test_an_alarm_comes_again_exactly_when_it_escalates_or_begins_anew() -> None:
    """NS #5180 against #1597: raised again after an acknowledgement, or never again."""
    story = Story(signals={Signal.SPO2})
    story.spo2_each_second(0, 16, 89)
    first = only_id(story, "O2-2")
    story.give(Acknowledge(micros(16), "AB", (first,)))
    story.spo2_each_second(17, 59, 89)
    assert heard(story) is None  # O2-1 lies under it
    story.spo2_each_second(60, 61, 89)
    assert heard(story) is Priority.HIGH
    story.give(Acknowledge(micros(61), "AB", (first,)))
    story.spo2_each_second(62, 99, 97)
    story.spo2_each_second(100, 116, 89)
    assert story.lines("O2-2") == [
        "15 raised O2-2 medium",
        "16 acknowledged O2-2 medium",
        "60 escalated O2-2 high",
        "61 acknowledged O2-2 high",
        "67 ended O2-2 back inside limits",
        "115 raised O2-2 medium",
    ]


def test_every_onset_is_an_alarm_of_its_own_even_after_a_latched_one() -> None:
    """ThingsBoard #7811: the object of a cleared alarm was used again."""
    story = Story(signals={Signal.HR})
    for start in (0, 100, 200):
        story.hr_each_second(start, start + 16, 140)
        story.hr_each_second(start + 17, start + 99, 80)
    of_hr_3 = [e for e in story.events if isinstance(e, Raised | Ended | Escalated) and e.occurrence.rule == "HR-3"]
    raised = [e.occurrence.id for e in of_hr_3 if isinstance(e, Raised)]
    assert len(raised) == len(set(raised)) == 3
    latched = [o for o in story.engine.occurrences if o.rule == "HR-3"]
    assert [o.id for o in latched] == raised  # each stays to be seen by itself
    assert {o.state for o in latched} == {OccurrenceState.LATCHED}


def test_a_patient_who_has_left_alarms_nobody() -> None:
    """NightWatch #6: alarms went on after the patient was taken off the monitor."""
    story = Story()
    story.hr_each_second(0, 16, 140)
    story.give(SetPhase(micros(17), "AB", Phase.ENDED))
    for o in story.engine.occurrences:
        story.give(Acknowledge(micros(18), "AB", (o.id,)))
    story.give(DeviceStatus(micros(19), "monitor", DeviceState.DISCONNECTED, "unplugged"))
    story.tick(4000)
    assert story.engine.occurrences == ()
    assert all(e.t <= micros(18) for e in story.events)


def test_alarms_are_counted_by_the_hour() -> None:
    """PMC4456276: 87 % and 99 % of alarms asked for nothing: their number is what a clinic has to see."""
    story = Story(signals={Signal.HR})
    story.hr_each_second(0, 31, 121)
    story.hr_each_second(32, 99, 80)
    story.hr_each_second(100, 131, 121)
    assert summary(story.events, 30 * 60 * SECOND) == "2 alarms in 0:30:00, 4.0 an hour: HR-2 2"


def test_every_limit_has_a_delay_of_its_own_and_can_be_set_for_one_patient() -> None:
    """PMC4891882: delay and threshold decide the load, and a tenth of the patients makes most of it."""
    delays = {r.id: r.stage[0].persistence for r in Story().engine.profile.of_kind("continuous")}
    assert delays == {
        "HR-1": 60, "HR-2": 30, "HR-3": 15, "HR-4": 15, "O2-1": 30, "O2-2": 15, "O2-3": 10, "O2-4": 0, "RR-1": 60,
    }  # fmt: skip
    story = Story(signals={Signal.SPO2})
    story.give(SetLimit(0, "AB", "O2-1", Signal.SPO2, 92))
    story.spo2_each_second(0, 60, 92)
    assert story.lines("O2-1") == []


def test_an_old_pressure_is_an_alarm() -> None:
    """AHRQ PSNet 334: a pressure of an hour ago stood there like a new one. Infusion: 5 + 2 min."""
    story = Story(signals=NIBP)
    story.nibp(0, 120, 80)
    story.tick(421)
    assert story.lines("T-2") == ["420 raised T-2 medium"]


def test_an_overdue_pressure_is_more_than_one_beep() -> None:
    """SAM 2013: one reminder did not close the gaps. It sounds until somebody knows, and stands until it is done."""
    story = Story(signals=NIBP)
    story.nibp(0, 120, 80)
    for t in range(421, 800, 20):
        story.tick(t)
        assert heard(story) is Priority.MEDIUM
    overdue = only_id(story, "T-2")
    story.give(SwitchRule(micros(800), "AB", "T-2", False, "busy"))
    assert isinstance(story.events[-1], Refused)
    story.give(Acknowledge(micros(801), "AB", (overdue,)))
    story.tick(3600)
    (still,) = [o for o in story.engine.occurrences if o.rule == "T-2"]
    assert (still.id, still.is_active) == (overdue, True)
    story.nibp(3600, 120, 80)
    assert story.lines("T-2")[-1] == "3600 ended T-2 new reading"
    story.tick(4021)
    assert story.lines("T-2")[-1] == "4020 raised T-2 medium"  # and the next is a new one, that sounds
