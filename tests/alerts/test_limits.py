"""Continuous limits: persistence, %-seconds, dips, escalation, hysteresis. All times worked out from rules.md."""

import pytest

from alerts.model import Raised
from tests.alerts.story import Story


def only(story: Story, *rules: str) -> list[str]:
    return story.lines(*rules)


def test_the_worked_example_of_percent_seconds() -> None:
    """rules.md section 3: 88 % for 2 s, 86 % for 3 s, then 84 %: 4, then 16, then 50 after 34/6 s = 5.666667 s more."""
    story = Story()
    story.spo2(0, 95)
    story.spo2(10, 88)
    story.spo2(12, 86)
    story.spo2(15, 84)
    story.tick(21)
    (raised,) = [e for e in story.events if isinstance(e, Raised) and e.occurrence.rule == "O2-2"]
    assert raised.t == 20_666_667  # 10 s + 10.666667 s, rounded up to the microsecond
    assert raised.occurrence.message == "SpO2 84 < 90: 50 %-seconds"


def test_fifteen_seconds_below_90_and_not_a_second_less() -> None:
    story = Story()
    story.spo2_each_second(0, 14, 89)  # index 1 a second: no %-seconds alarm
    story.spo2(15, 90)  # the input at the deadline comes first
    story.spo2_each_second(20, 36, 89)
    assert only(story, "O2-2") == ["35 raised O2-2 medium"]


def test_the_alarm_names_value_limit_and_time() -> None:
    story = Story()
    story.spo2_each_second(0, 16, 88)
    (raised,) = [e for e in story.events if isinstance(e, Raised) and e.occurrence.rule == "O2-2"]
    assert raised.occurrence.message == "SpO2 88 < 90 for 15 s"
    assert (raised.occurrence.value, raised.occurrence.limit) == (88, 90)


def test_60_seconds_after_the_condition_began_it_is_high_and_the_same_occurrence() -> None:
    story = Story()
    story.spo2_each_second(0, 61, 89)
    assert only(story, "O2-2") == ["15 raised O2-2 medium", "60 escalated O2-2 high"]
    assert {e.occurrence.id for e in story.events if isinstance(e, Raised) and e.occurrence.rule == "O2-2"} == {2}


def test_hysteresis_90_does_not_end_it_91_for_5_seconds_does() -> None:
    story = Story()
    story.spo2_each_second(0, 20, 89)
    story.spo2_each_second(21, 30, 90)  # neither violating nor inside by 1 %
    story.spo2_each_second(31, 34, 91)
    story.spo2(35, 90)  # not 5 s yet
    story.spo2_each_second(36, 42, 91)
    assert only(story, "O2-2") == ["15 raised O2-2 medium", "41 ended O2-2 back inside limits"]


def test_escalation_waits_while_the_value_is_clearing() -> None:
    story = Story()
    story.spo2_each_second(0, 57, 89)
    story.spo2_each_second(58, 61, 91)  # 60 s pass while it is back inside
    story.spo2(62, 89)
    assert only(story, "O2-2") == ["15 raised O2-2 medium", "62 escalated O2-2 high"]


def test_three_dips_in_60_seconds() -> None:
    story = Story()
    for t, value in ((0, 95), (10, 89), (12, 91), (40, 89), (42, 91), (70, 89)):
        story.spo2(t, value)
        if t == 12 or t == 42:
            story.spo2(t + 8, 92)
            story.spo2(t + 16, 92)
            story.spo2(t + 24, 92)
    assert only(story, "O2-2") == ["70 raised O2-2 medium"]  # 70 - 10 = 60: just in time


def test_a_third_dip_after_61_seconds_is_none() -> None:
    story = Story()
    for t, value in ((0, 95), (10, 89), (12, 91), (40, 89), (42, 91), (71, 89)):
        story.spo2(t, value)
        if t == 12 or t == 42:
            story.spo2(t + 8, 92)
            story.spo2(t + 16, 92)
            story.spo2(t + 24, 92)
    assert only(story, "O2-2") == []


def test_a_dip_needs_91_in_between() -> None:
    story = Story()
    for t, value in enumerate((95, 89, 90, 89, 90, 89, 90)):
        story.spo2(t, value)
    assert only(story, "O2-2") == []


@pytest.mark.parametrize(("value", "lines"), [(80, []), (79, ["3 raised O2-4 high"])])
def test_below_80_has_no_delay_when_it_fell_slowly(value: float, lines: list[str]) -> None:
    story = Story()
    for t, v in ((0, 90), (1, 86), (2, 83)):  # 4 points a second is not faster than 4
        story.spo2(t, v)
    story.spo2(3, value)
    assert only(story, "O2-4") == lines


def test_a_fall_that_blood_does_not_do_waits_5_seconds() -> None:
    story = Story()
    story.spo2(0, 97)
    story.spo2_each_second(1, 6, 60)
    story.spo2(7, 60)
    assert only(story, "O2-4") == ["6 raised O2-4 high"]


def test_a_single_wild_sample_raises_nothing_below_80() -> None:
    story = Story()
    story.spo2_each_second(0, 10, 97)
    story.spo2(11, 6)
    story.spo2_each_second(12, 30, 97)
    assert only(story, "O2-4", "O2-3", "O2-2") == []


def test_tachycardia_climbs_through_three_rules() -> None:
    story = Story()
    story.hr_each_second(0, 70, 131)
    assert only(story) == [
        "10 raised T-1 information",  # no SpO2 in this story
        "15 raised HR-3 high",
        "30 raised HR-2 medium",
        "30 escalated T-1 low",
        "60 raised HR-1 low",
        "60 escalated T-1 medium",
    ]


def test_hr_121_for_five_minutes_is_high() -> None:
    story = Story()
    story.hr_each_second(0, 301, 121)
    assert only(story, "HR-2") == ["30 raised HR-2 medium", "300 escalated HR-2 high"]


def test_bradycardia_of_40_is_high_at_once() -> None:
    story = Story()
    story.hr_each_second(0, 16, 40)
    assert only(story, "HR-4") == ["15 raised HR-4 high"]


def test_bradycardia_that_deepens_escalates_after_its_own_15_seconds() -> None:
    story = Story()
    story.hr_each_second(0, 19, 49)
    story.hr_each_second(20, 36, 40)
    assert only(story, "HR-4") == ["15 raised HR-4 medium", "35 escalated HR-4 high"]


def test_hr_ends_only_2_inside() -> None:
    story = Story()
    story.hr_each_second(0, 30, 121)
    story.hr(31, 121)
    story.hr_each_second(32, 40, 119)
    story.hr_each_second(41, 46, 118)
    story.hr(47, 118)
    assert only(story, "HR-2") == ["30 raised HR-2 medium", "46 ended HR-2 back inside limits"]


def test_each_onset_is_a_new_occurrence() -> None:
    story = Story()
    for start in (0, 100):
        story.spo2_each_second(start, start + 16, 89)
        story.spo2_each_second(start + 17, start + 60, 95)
    ids = [e.occurrence.id for e in story.events if isinstance(e, Raised) and e.occurrence.rule == "O2-2"]
    assert len(ids) == 2
    assert len(set(ids)) == 2
