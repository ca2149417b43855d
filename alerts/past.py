"""What a session that goes on after a crash takes up: all that it was given, and in words what came of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from alerts.model import Input
from alerts.rules import Profile
from alerts.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Past:
    """A recorded session up to where it broke off.

    `inputs` in the order they were taken, without an End; `events` is how many that followed from them are in the
    record, `seq` the highest number in it, `t` the time of the last thing in it, microseconds of the session clock.
    """

    inputs: Iterable[Input]
    events: int
    seq: int
    t: int


def restored(snapshot: Snapshot, profile: Profile) -> str:
    """One line about what was taken up; `profile` has the limits the session began with."""
    now = profile if snapshot.profile is None else snapshot.profile
    rules = zip(now.rule, profile.rule, strict=True)
    limits = sum(a != b for new, old in rules for a, b in zip(new.comparisons, old.comparisons, strict=True))
    active = sum(o.is_active for o in snapshot.occurrences)
    counts = (
        (limits, "limit", ""),
        (len(snapshot.rules_off), "rule", " off"),
        (active, "alarm", " active"),
        (len(snapshot.occurrences) - active, "alarm", " over and not acknowledged"),
    )
    words = [f"{n} {what}{'s' if n > 1 else ''}{state}" for n, what, state in counts if n]
    return f"restored: {', '.join([f'phase {snapshot.phase}', *words])}"
