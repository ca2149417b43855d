"""How much alarm: worked by hand from the times at which occurrences begin, grow worse and end."""

import pytest

from alerts.model import Ended, Escalated, Event, Occurrence, Priority, Raised
from alerts.tally import Tally, tally, together
from ingest.model import SECOND, micros

HIGH, MEDIUM, LOW, MESSAGE = Priority.HIGH, Priority.MEDIUM, Priority.LOW, Priority.INFORMATION


def occurrence(id_: int, rule: str, priority: Priority) -> Occurrence:
    return Occurrence(id_, rule, priority, "spo2", None, None, None, "", 0)


def raised(t: float, id_: int, rule: str, priority: Priority) -> Event:
    return Raised(micros(t), occurrence(id_, rule, priority))


def escalated(t: float, id_: int, rule: str, priority: Priority) -> Event:
    return Escalated(micros(t), occurrence(id_, rule, priority))


def ended(t: float, id_: int, rule: str, priority: Priority) -> Event:
    return Ended(micros(t), occurrence(id_, rule, priority))


WORSE = [raised(10, 1, "O2-2", MEDIUM), escalated(55, 1, "O2-2", HIGH), ended(70, 1, "O2-2", HIGH)]


def test_an_alarm_counts_once_at_the_highest_priority_it_reached() -> None:
    counts = tally(
        [raised(10, 1, "O2-2", MEDIUM), escalated(55, 1, "O2-2", HIGH), ended(70, 1, "O2-2", HIGH)], micros(100)
    )
    assert (counts.count(), counts.count("O2-2"), counts.count("O2-2", HIGH), counts.count(level=MEDIUM)) == (
        1,
        1,
        1,
        0,
    )


def test_its_seconds_count_for_the_priority_it_had_then() -> None:
    counts = tally(
        [raised(10, 1, "O2-2", MEDIUM), escalated(55, 1, "O2-2", HIGH), ended(70, 1, "O2-2", HIGH)], micros(100)
    )
    assert (counts.seconds(level=MEDIUM), counts.seconds(level=HIGH), counts.seconds("O2-2")) == (45, 15, 60)


def test_of_alarms_at_once_the_highest_takes_the_second() -> None:
    events = [
        raised(10, 1, "O2-1", LOW),
        raised(20, 2, "O2-3", HIGH),
        ended(30, 2, "O2-3", HIGH),
        ended(40, 1, "O2-1", LOW),
    ]
    counts = tally(events, micros(100))
    assert (counts.seconds(level=LOW), counts.seconds(level=HIGH), counts.seconds()) == (20, 10, 30)
    assert (counts.seconds("O2-1"), counts.seconds("O2-3")) == (30, 10)


def test_two_occurrences_of_one_rule_are_no_more_seconds_than_there_are() -> None:
    events = [raised(0, 1, "T-1", LOW), raised(5, 2, "T-1", LOW), ended(10, 1, "T-1", LOW), ended(20, 2, "T-1", LOW)]
    counts = tally(events, micros(20))
    assert (counts.count("T-1"), counts.seconds("T-1")) == (2, 20)


def test_a_message_is_no_alarm_until_it_becomes_one() -> None:
    only = tally([raised(10, 1, "T-1", MESSAGE), ended(20, 1, "T-1", MESSAGE)], micros(100))
    assert (only.count(), only.count(level=MESSAGE), only.seconds()) == (0, 1, 0)
    later = tally([raised(10, 1, "T-1", MESSAGE), escalated(30, 1, "T-1", LOW), ended(40, 1, "T-1", LOW)], micros(100))
    assert (later.count(), later.count(level=MESSAGE), later.seconds("T-1")) == (1, 0, 10)


def test_what_is_still_active_counts_to_the_end() -> None:
    assert tally([raised(10, 1, "O2-1", LOW)], micros(100)).seconds() == 90


def test_a_rate_is_of_the_whole_time() -> None:
    half_an_hour = tally([raised(10, 1, "O2-1", LOW)], 1800 * SECOND)
    assert half_an_hour.rate("O2-1") == 2
    assert together([half_an_hour, tally([], 1800 * SECOND)]).rate() == 1
    assert Tally().rate() == 0


def test_a_sum_changes_none_of_its_parts() -> None:
    one, other = (tally([raised(0, 1, "O2-1", LOW)], micros(length)) for length in (10, 20))
    both = together([one, other])
    assert (both.count(), both.seconds(), both.duration) == (2, 30, micros(30))
    assert (one.count(), other.seconds()) == (1, 20)


@pytest.mark.parametrize("level", [HIGH, MEDIUM, LOW])
def test_nothing_happened(level: Priority) -> None:
    counts = tally([], micros(60))
    assert (counts.count(level=level), counts.rate(level=level), counts.seconds(level=level)) == (0, 0, 0)
