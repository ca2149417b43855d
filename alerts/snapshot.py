"""What the station knows at one instant: immutable, complete, and all a screen needs besides the history."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from alerts.ears import Heard
from alerts.model import Occurrence, Phase
from alerts.rules import Profile
from alerts.settings import RuleOff
from ingest.devices import Counters
from ingest.model import Condition, DeviceState, NibpReading, Signal


@dataclass(frozen=True, slots=True)
class Sample:
    """The held value of a continuous signal, in its unit; None when it is missing. `t` is its last valid sample.

    `source` is the device that it comes from.
    """

    value: float | None
    t: int | None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """A source as people see it.

    `heard` is the time of its last reading, `last_good` of the last good frame on its line, microseconds; `counters`
    are those of its line (None: it has none), renewed about once a second.
    """

    source: str
    state: DeviceState
    heard: int
    detail: str = ""
    conditions: frozenset[Condition] = frozenset()
    signals: frozenset[Signal] = frozenset()
    counters: Counters | None = None
    last_good: int | None = None


@dataclass(frozen=True, slots=True)
class Cuff:
    """The cuff that takes orders. Times in microseconds; `next_at` None: nothing starts by itself."""

    source: str
    is_connected: bool
    is_measuring: bool
    interval: int | None
    next_at: int | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The truth at session time `t` (microseconds).

    `seq` is the number of the last input or event, `committed` the highest the record has made
    durable: what lies between is not confirmed yet. `nibp` is the last good cuff reading, `nibp_failed` the last
    attempt when it gave no numbers, `verify` why the good one is doubtful. `profile` is the one in force, with this
    patient's limits; `gates` what a clinician has to decide about before the infusion, `rules_off` the rules that
    somebody switched off, `inhibited_until` how long SpO2 and pulse alarms are held back at most. `acknowledged` maps
    an occurrence to the seq of its acknowledgement. `trouble` says why the record is not being written, `fault` why the
    alarms cannot be relied on; both None when all is well. `reminders` counts the reminders so far, `rejected` the rows
    and numbers that could not be used. `sound` says what can be heard (None: nobody listens), `sound_confirmed_by` who
    heard the last sound test.
    """

    t: int = 0
    phase: Phase = Phase.SETUP
    samples: Mapping[Signal, Sample] = field(default_factory=lambda: MappingProxyType({}))
    rate: Signal = Signal.HR
    has_nibp: bool = False
    nibp: NibpReading | None = None
    nibp_failed: NibpReading | None = None
    verify: str = ""
    cuff: Cuff | None = None
    profile: Profile | None = None
    baseline: Mapping[Signal, float] = field(default_factory=lambda: MappingProxyType({}))
    gates: tuple[str, ...] = ()
    rules_off: tuple[RuleOff, ...] = ()
    inhibited_until: int | None = None
    occurrences: tuple[Occurrence, ...] = ()
    paused_until: int | None = None
    reminders: int = 0
    devices: tuple[Device, ...] = ()
    rejected: int = 0
    seq: int = 0
    committed: int = 0
    acknowledged: Mapping[int, int] = field(default_factory=lambda: MappingProxyType({}))
    sound: Heard | None = None
    sound_confirmed_by: str = ""
    trouble: str | None = None
    fault: str | None = None
    is_ended: bool = False
