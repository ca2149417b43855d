"""How much alarm a recording holds: how often, for how long, by rule and by priority. Pure counting of events.

An alarm is an occurrence of low priority or more, counted once, at the highest priority it reached; a visible message
without a sound (priority information) is none and is counted by itself. Time in alarm is counted for a rule while an
occurrence of it is active, and for a priority while it is the highest that is active: seconds of the day, not their
sum over alarms at the same time.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce

from alerts.model import Ended, Escalated, Event, Priority, Raised
from ingest.model import SECOND

HOUR = 3600 * SECOND


@dataclass(frozen=True, slots=True)
class Tally:
    """Of one recording or several together.

    `duration` in microseconds; `alarms` by rule and highest priority, messages too; microseconds in alarm by rule and
    by priority.
    """

    duration: int = 0
    alarms: Counter[tuple[str, Priority]] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    priorities: Counter[Priority] = field(default_factory=Counter)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.duration + other.duration,
            self.alarms + other.alarms,
            self.rules + other.rules,
            self.priorities + other.priorities,
        )

    def count(self, rule: str | None = None, level: Priority | None = None) -> int:
        """Alarms of a rule and a priority; None: of all."""
        return sum(
            n
            for (of, at), n in self.alarms.items()
            if rule in (None, of) and (at > Priority.INFORMATION if level is None else at is level)
        )

    def rate(self, rule: str | None = None, level: Priority | None = None) -> float:
        """The same an hour; 0 of a recording without a length."""
        return self.count(rule, level) * HOUR / self.duration if self.duration else 0.0

    def seconds(self, rule: str | None = None, level: Priority | None = None) -> float:
        """In alarm: of a rule, else of a priority, else of any."""
        if rule is not None:
            return self.rules[rule] / SECOND
        return (self.priorities.total() if level is None else self.priorities[level]) / SECOND


def tally(events: Iterable[Event], duration: int) -> Tally:
    """Count the events of one recording from its start to its End at `duration`, in order."""
    rules: Counter[str] = Counter()
    priorities: Counter[Priority] = Counter()
    reached: dict[int, tuple[str, Priority]] = {}
    active: dict[int, tuple[str, Priority]] = {}
    since = 0
    for event in events:
        if not isinstance(event, Raised | Escalated | Ended):
            continue
        _add(active, event.t - since, rules, priorities)
        since = event.t
        occurrence = event.occurrence
        reached[occurrence.id] = (occurrence.rule, occurrence.priority)
        if isinstance(event, Ended):
            active.pop(occurrence.id, None)
        elif occurrence.priority > Priority.INFORMATION:
            active[occurrence.id] = reached[occurrence.id]
    _add(active, duration - since, rules, priorities)
    return Tally(duration, Counter(reached.values()), rules, priorities)


def _add(
    active: Mapping[int, tuple[str, Priority]], length: int, rules: Counter[str], priorities: Counter[Priority]
) -> None:
    """A stretch during which `active` did not change."""
    if active and length:
        priorities[max(priority for _, priority in active.values())] += length
        rules.update(dict.fromkeys({rule for rule, _ in active.values()}, length))


def together(tallies: Iterable[Tally]) -> Tally:
    """The sum."""
    return reduce(Tally.__add__, tallies, Tally())
