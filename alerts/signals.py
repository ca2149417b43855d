"""Which occurrences people are told of, in which order, and which sound is the one to be heard.

Pure. A lower rule of the same signal and side is not announced while a higher one is active
(rules.md section 3); it is in the record all the same.
"""

from collections.abc import Iterable

from alerts.model import Occurrence, OccurrenceState, Priority


def announced(occurrences: Iterable[Occurrence]) -> tuple[Occurrence, ...]:
    """What is shown, most urgent first: active before latched, by priority, unacknowledged first, newest first."""
    present = tuple(occurrences)
    shown = (o for o in present if not any(_covers(other, o) for other in present))
    return tuple(sorted(shown, key=_urgency, reverse=True))


def sound(occurrences: Iterable[Occurrence], is_paused: bool, has_fault: bool = False) -> Priority | None:
    """The priority whose sound should be heard now; None for silence.

    `has_fault`: alarms cannot be relied on, which is as urgent as the most urgent of them.
    """
    heard = [Priority.HIGH] if has_fault else []
    heard += [
        o.priority
        for o in announced(occurrences)
        if o.state is OccurrenceState.RAISED and o.priority > Priority.INFORMATION and not o.silent
    ]
    return None if is_paused else max(heard, default=None)


def _covers(other: Occurrence, occurrence: Occurrence) -> bool:
    """Of two of one priority the one further down in the profile is the higher; a silent one hides no audible one."""
    return (
        other.is_active
        and occurrence.is_active
        and not (other.technical or occurrence.technical)
        and (other.signal, other.side) == (occurrence.signal, occurrence.side)
        and _height(other) > _height(occurrence)
    )


def _height(occurrence: Occurrence) -> tuple[Priority, bool, int]:
    return occurrence.priority, not occurrence.silent, occurrence.rank


def _urgency(occurrence: Occurrence) -> tuple[bool, Priority, bool, int]:
    is_raised = occurrence.state is OccurrenceState.RAISED
    return occurrence.is_active, occurrence.priority, is_raised, occurrence.since
