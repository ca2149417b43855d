"""What alarms are made of: priorities, phases, sides, and occurrences with their states."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Priority(IntEnum):
    """Alarm priority after IEC 60601-1-8; INFORMATION is a visible message without a sound."""

    INFORMATION = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3

    @property
    def word(self) -> str:
        """The name as files and records spell it."""
        return self.name.lower()

    @property
    def mark(self) -> str:
        """The text mark: *** high, ** medium, * low (rules.md section 4)."""
        return "*" * self


class Phase(StrEnum):
    """Where the session stands (rules.md section 1)."""

    SETUP = "setup"
    BASELINE = "baseline"
    INFUSION = "infusion"
    OBSERVATION = "observation"
    ENDED = "ended"


class Side(StrEnum):
    """The side of a limit a condition looks at."""

    HIGH = "high"
    LOW = "low"


class OccurrenceState(StrEnum):
    """The life of an occurrence; alerts.lifecycle has the transitions."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    LATCHED = "latched"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One interval during which an alarm is present.

    `id` counts from 1 in a session. `signal` is a Signal, "nibp", or the name of a device. `value`
    and `limit` are those at the last raise or escalation, in the signal's unit. `since` is when it
    was raised; `ended` and `reason` are set when its condition has ended. `rank` is the place of its rule in the
    profile: of two rules of one signal, side and priority the later is the higher. A `silent` one makes no sound;
    one that `latches` stays until somebody acknowledges it, as every high one does.
    """

    id: int
    rule: str
    priority: Priority
    signal: str
    side: Side | None
    value: float | None
    limit: float | None
    message: str
    since: int
    technical: bool = False
    state: OccurrenceState = OccurrenceState.RAISED
    acknowledged_by: str | None = None
    ended: int | None = None
    reason: str | None = None
    rank: int = 0
    silent: bool = False
    latches: bool = False

    @property
    def is_active(self) -> bool:
        """Whether its condition is still there (a latched occurrence only still shows)."""
        return self.ended is None
