"""What goes into the engine and comes out of it: the commands people give, the events that follow.

Commands are imperative, events past tense. All are frozen and carry `t` in microseconds of the
session clock (see ingest.model), so a log of them can be replayed and shifted without a difference.
"""

from dataclasses import dataclass
from enum import StrEnum

from alerts.occurrence import Occurrence as Occurrence
from alerts.occurrence import OccurrenceState as OccurrenceState
from alerts.occurrence import Phase as Phase
from alerts.occurrence import Priority as Priority
from alerts.occurrence import Side as Side
from ingest.model import Reading, Signal

# Commands


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Silence these occurrences until they end or escalate.

    `seen` is the highest priority they had when they were touched: what has become more urgent since is not silenced.
    """

    t: int
    who: str
    occurrences: tuple[int, ...]
    seen: Priority = Priority.HIGH


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
    """The session moves on to another phase; `decision`: why all the same, where a gate asks for a clinician's."""

    t: int
    who: str
    phase: Phase
    decision: str = ""


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


@dataclass(frozen=True, slots=True)
class SetBaseline:
    """The baseline as a person knows it, mmHg, bpm and %; None: as measured in its phase."""

    t: int
    who: str
    sys: float | None = None
    dia: float | None = None
    hr: float | None = None
    spo2: float | None = None


@dataclass(frozen=True, slots=True)
class SwitchRule:
    """Switch a rule off, or on again; never a high one, nor one that says that something is not known."""

    t: int
    who: str
    rule: str
    is_on: bool
    reason: str


@dataclass(frozen=True, slots=True)
class SetLimit:
    """A limit for this patient: that of `signal` in the first stage of `rule`; None: the profile's again."""

    t: int
    who: str
    rule: str
    signal: Signal
    limit: float | None


@dataclass(frozen=True, slots=True)
class ReportSymptom:
    """The patient has one of the profile's symptoms."""

    t: int
    who: str
    symptom: str


@dataclass(frozen=True, slots=True)
class EndSymptom:
    """The symptom is over."""

    t: int
    who: str
    symptom: str


@dataclass(frozen=True, slots=True)
class SetSameLimb:
    """Whether cuff and probe share a limb: then an inflating cuff holds SpO2 and pulse alarms back."""

    t: int
    who: str
    is_same: bool


@dataclass(frozen=True, slots=True)
class Interruption:
    """Nobody watched from `since` to `t`: the machine slept or the program stood still. The station gives it itself."""

    t: int
    who: str
    since: int


@dataclass(frozen=True, slots=True)
class TrySound:
    """Sound one high burst everywhere; with `is_heard`, what a person says of it."""

    t: int
    who: str
    is_heard: bool | None = None


Setting = SetBaseline | SwitchRule | SetLimit | SetSameLimb | SetCuffInterval
"""Commands that change how the session is judged."""

Command = (
    Acknowledge
    | PauseAudio
    | ResumeAudio
    | SetPhase
    | StartCuff
    | StopCuff
    | ReportSymptom
    | EndSymptom
    | TrySound
    | Interruption
    | Setting
)


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
    """The session moved to `phase`; `decision`: why all the same, where a gate had asked."""

    t: int
    who: str
    phase: Phase
    decision: str = ""


@dataclass(frozen=True, slots=True)
class BaselineSet:
    """The baseline from now on; None: not known. `who` entered it, or moved the session on."""

    t: int
    who: str
    sys: float | None
    dia: float | None
    hr: float | None
    spo2: float | None


@dataclass(frozen=True, slots=True)
class RuleSwitched:
    """A rule is off, or on again."""

    t: int
    who: str
    rule: str
    is_on: bool
    reason: str


@dataclass(frozen=True, slots=True)
class LimitSet:
    """A limit was changed for this patient, from `before`."""

    t: int
    who: str
    rule: str
    signal: Signal
    limit: float
    before: float


@dataclass(frozen=True, slots=True)
class SameLimbSet:
    """Cuff and probe share a limb, or no longer."""

    t: int
    who: str
    is_same: bool


@dataclass(frozen=True, slots=True)
class Inhibited:
    """SpO2 and pulse alarms are held back until `until` at most: the cuff inflates on the probe's limb."""

    t: int
    until: int


@dataclass(frozen=True, slots=True)
class InhibitionEnded:
    """SpO2 and pulse are judged again."""

    t: int


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


@dataclass(frozen=True, slots=True)
class SoundTried:
    """One high burst is sounded (`is_heard` None), or somebody says whether it was heard."""

    t: int
    who: str
    is_heard: bool | None


OccurrenceEvent = Raised | Escalated | Ended | Acknowledged | Reminded
Event = (
    OccurrenceEvent
    | AudioPaused
    | AudioResumed
    | PhaseChanged
    | BaselineSet
    | RuleSwitched
    | LimitSet
    | SameLimbSet
    | Inhibited
    | InhibitionEnded
    | CuffOrdered
    | CuffIntervalSet
    | Rejected
    | SoundTried
    | Refused
)
