"""What alarms are made of: priorities, occurrences, the commands people give, the events that follow.

Commands are imperative, events past tense. All are frozen and carry `t` in microseconds of the
session clock (see ingest.model), so a log of them can be replayed and shifted without a difference.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from ingest.model import Reading


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
    was raised; `ended` and `reason` are set when its condition has ended.
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

    @property
    def is_active(self) -> bool:
        """Whether its condition is still there (a latched occurrence only still shows)."""
        return self.ended is None


# Commands


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Silence these occurrences until they end or escalate."""

    t: int
    who: str
    occurrences: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PauseAudio:
    """No alarm sound for the profile's pause (120 s); a new or escalated high breaks it."""

    t: int
    who: str


@dataclass(frozen=True, slots=True)
class ResumeAudio:
    """End an audio pause early."""

    t: int
    who: str


@dataclass(frozen=True, slots=True)
class SetPhase:
    """The session moves on to another phase."""

    t: int
    who: str
    phase: Phase


@dataclass(frozen=True, slots=True)
class StartCuff:
    """Measure the blood pressure now."""

    t: int
    who: str


@dataclass(frozen=True, slots=True)
class StopCuff:
    """Let the air out of the cuff at once."""

    t: int
    who: str


@dataclass(frozen=True, slots=True)
class SetCuffInterval:
    """Measure the blood pressure every so many `seconds`; None: only when told."""

    t: int
    who: str
    seconds: float | None


Command = Acknowledge | PauseAudio | ResumeAudio | SetPhase | StartCuff | StopCuff | SetCuffInterval


@dataclass(frozen=True, slots=True)
class End:
    """The log ends here: the last input of every session."""

    t: int


Input = Reading | Command | End
"""Everything the engine takes."""


# Events


@dataclass(frozen=True, slots=True)
class Raised:
    """A new occurrence."""

    t: int
    occurrence: Occurrence


@dataclass(frozen=True, slots=True)
class Escalated:
    """The same occurrence with a higher priority; an acknowledgement is cancelled."""

    t: int
    occurrence: Occurrence


@dataclass(frozen=True, slots=True)
class Ended:
    """The condition of an occurrence has ended; `occurrence.reason` says how."""

    t: int
    occurrence: Occurrence


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Somebody acknowledged an occurrence."""

    t: int
    occurrence: Occurrence


@dataclass(frozen=True, slots=True)
class Reminded:
    """An acknowledged high occurrence that is still true sounds once."""

    t: int
    occurrence: Occurrence


@dataclass(frozen=True, slots=True)
class AudioPaused:
    """Alarm sounds are off until `until`."""

    t: int
    who: str
    until: int


@dataclass(frozen=True, slots=True)
class AudioResumed:
    """Alarm sounds are on again; `reason` says why."""

    t: int
    reason: str


@dataclass(frozen=True, slots=True)
class PhaseChanged:
    """The session moved to `phase`."""

    t: int
    who: str
    phase: Phase


class CuffOrder(StrEnum):
    """What a cuff is told."""

    START = "start"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class CuffOrdered:
    """The cuff `source` is to start or stop; `who` is a person, or the rule that wants a repeat."""

    t: int
    who: str
    source: str
    order: CuffOrder


@dataclass(frozen=True, slots=True)
class CuffIntervalSet:
    """The cuff `source` measures every so many `seconds` from now on, no longer every `before` (None: when told)."""

    t: int
    who: str
    source: str
    seconds: float | None
    before: float | None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A number outside its physical range: not a value (rules.md section 2.4)."""

    t: int
    signal: str
    value: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A command that had no effect, and why."""

    t: int
    who: str
    reason: str


OccurrenceEvent = Raised | Escalated | Ended | Acknowledged | Reminded
Event = OccurrenceEvent | AudioPaused | AudioResumed | PhaseChanged | CuffOrdered | CuffIntervalSet | Rejected | Refused
