"""Every timeline gives what was worked out for it by hand from rules.md, and nothing that can happen is left out."""

from itertools import zip_longest

import pytest

from alerts.model import Ended, OccurrenceEvent, Raised
from tests.alerts.timeline import Timeline, matches, play, timelines


@pytest.mark.parametrize("timeline", timelines(), ids=lambda timeline: timeline.name)
def test_what_follows_is_what_was_worked_out(timeline: Timeline) -> None:
    lines = play(timeline).lines(timeline.rules, timeline.table.get("events", ()))
    pairs = zip_longest(timeline.expected, lines, fillvalue="")
    assert all(matches(expected, line) for expected, line in pairs), "\n".join(["came out:", *lines])


@pytest.mark.parametrize("timeline", timelines(), ids=lambda timeline: timeline.name)
def test_an_occurrence_is_raised_once_under_a_new_id_and_ends_at_most_once(timeline: Timeline) -> None:
    lives: dict[int, list[OccurrenceEvent]] = {}
    for event in play(timeline).events:
        if isinstance(event, OccurrenceEvent):
            lives.setdefault(event.occurrence.id, []).append(event)
    for life in lives.values():
        assert [isinstance(event, Raised) for event in life] == [True] + [False] * (len(life) - 1)
        assert sum(isinstance(event, Ended) for event in life) <= 1
        assert [e.occurrence.priority for e in life] == sorted(e.occurrence.priority for e in life)
