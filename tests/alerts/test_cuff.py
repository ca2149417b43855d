"""NIBP rules: judged per reading, confirmed by repeat, and overdue."""

from ingest.model import DeviceConfiguration, NibpReading, Signal
from tests.alerts.story import SOURCE, Story

BP = ("BP-1", "BP-3", "BP-4", "BP-5")


def test_160_or_100_is_low_and_155_95_ends_it() -> None:
    story = Story()
    story.nibp(0, 159, 99)
    story.nibp(100, 160, 80)
    story.nibp(200, 156, 80)  # not inside by 5
    story.nibp(300, 155, 95)
    story.nibp(400, 120, 100)
    assert story.lines(*BP) == [
        "100 raised BP-1 low",
        "300 ended BP-1 back inside limits",
        "400 raised BP-1 low",
    ]


def test_180_is_medium_and_high_when_a_second_reading_within_5_minutes_confirms() -> None:
    story = Story()
    story.nibp(0, 185, 100)
    story.nibp(300, 181, 100)
    assert story.lines("BP-3") == ["0 raised BP-3 medium", "300 escalated BP-3 high"]


def test_a_second_reading_after_more_than_5_minutes_confirms_nothing() -> None:
    story = Story()
    story.nibp(0, 185, 100)
    story.nibp(301, 181, 100)
    assert story.lines("BP-3") == ["0 raised BP-3 medium"]


def test_200_or_120_is_high_at_once_and_every_lower_rule_is_logged_too() -> None:
    story = Story()
    story.nibp(0, 170, 120)
    assert story.lines(*BP) == ["0 raised BP-1 low", "0 raised BP-3 medium", "0 raised BP-4 high"]


def test_low_pressure_by_sbp_or_map_and_below_80_is_high() -> None:
    story = Story()
    story.nibp(0, 95, 55, 64)
    story.nibp(100, 95, 60, 70)
    story.nibp(200, 79, 50, 60)
    assert story.lines("BP-5") == [
        "0 raised BP-5 medium",
        "100 ended BP-5 back inside limits",
        "200 raised BP-5 high",
    ]


def test_without_a_measured_map_none_is_made_up() -> None:
    story = Story()
    story.nibp(0, 91, 40)  # a computed mean would be 57
    assert story.lines("BP-5") == []


def test_impossible_pressures_are_rejected_and_counted() -> None:
    story = Story()
    story.nibp(0, 80, 120)
    story.nibp(10, 301, 100)
    story.nibp(20, 205, 100, 210)  # only the mean is impossible: the rest is judged
    assert story.engine.rejected == 3
    assert story.lines("BP-4") == ["20 raised BP-4 high"]


def test_overdue_7_minutes_after_the_last_reading_in_infusion() -> None:
    story = Story()
    story.nibp(60, 120, 80)
    story.tick(481)
    story.nibp(500, 120, 80)
    assert story.lines("T-2") == ["480 raised T-2 medium", "500 ended T-2 new reading"]


def test_before_the_first_reading_time_counts_from_the_phase() -> None:
    story = Story()
    story.tick(421)
    assert story.lines("T-2") == ["420 raised T-2 medium"]


def test_a_repeat_that_is_asked_for_is_overdue_after_2_minutes() -> None:
    story = Story()
    story.nibp(0, 185, 100)
    story.tick(121)
    assert story.lines("T-2") == ["120 raised T-2 medium"]


def test_a_failed_repeat_answers_but_two_failures_in_a_row_alarm() -> None:
    story = Story()
    story.nibp(0, 185, 100)
    story.give(NibpReading(60_000_000, SOURCE, None, None, None, "cuff too weak"))
    story.tick(130)
    assert story.lines("T-2") == []
    story.give(NibpReading(140_000_000, SOURCE, None, None, None, "cuff too weak"))
    assert story.lines("T-2") == ["140 raised T-2 medium"]


def test_without_a_cuff_nothing_is_overdue() -> None:
    story = Story(signals={Signal.SPO2})
    story.tick(4000)
    assert story.lines("T-2") == []


def test_a_cuff_that_is_connected_later_counts_from_then() -> None:
    story = Story(signals={Signal.SPO2})
    story.tick(1000)
    story.give(DeviceConfiguration(1000_000_000, "cuff", frozenset({Signal.NIBP_SYS, Signal.NIBP_DIA})))
    story.tick(1421)
    assert story.lines("T-2") == ["1420 raised T-2 medium"]


def test_a_mean_alone_is_a_reading_and_is_judged() -> None:
    story = Story()
    story.nibp(0, None, None, 55)
    assert story.lines("BP-5", "T-2") == ["0 raised BP-5 medium"]


def test_a_reading_without_the_number_that_broke_the_limit_ends_nothing() -> None:
    story = Story()
    story.nibp(0, 85, 55, 65)
    story.nibp(100, None, 75)
    story.nibp(200, 95, 75)
    assert story.lines("BP-5") == ["0 raised BP-5 medium", "200 ended BP-5 back inside limits"]
