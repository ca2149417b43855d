"""A profile: the rules and times of a treatment, read from TOML and checked before a session starts.

Rules are data. A rule has stages: the first that is reached raises an occurrence, a later one with
a higher priority escalates it. Which keys a stage may have depends on the kind of the rule:

* continuous: `when` + `persistence` (and `percent_seconds`, `dips`, `fast_fall`), or `after`
* nibp: `when` (any one of them, judged per reading), or `again_within`
* gate: `when` + `persistence`; it raises nothing: the start of the infusion asks for a decision
* all others: `after`; lost has no stages: it takes the lost occurrence's priority

Keys of a rule that belong to one kind alone are in OWN_KEY.
"""

import hashlib
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PositiveFloat, model_validator

from alerts.conditions import Comparison
from alerts.model import Phase, Priority, Side
from alerts.plan import Plan
from ingest.model import NIBP, Condition, Signal

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def _priority(word: object) -> Priority:
    for priority in Priority:
        if priority.word == word:
            return priority
    raise ValueError(f"{word!r} is not one of {', '.join(p.word for p in Priority)}")


PriorityWord = Annotated[Priority, BeforeValidator(_priority)]
When = Annotated[Comparison, BeforeValidator(lambda text: Comparison.parse(str(text)))]


class ProfileError(Exception):
    """A profile that cannot be used. `faults` name file, line and reason of each; as text it is one line."""

    def __init__(self, *faults: str) -> None:
        super().__init__(*faults)
        self.faults = faults

    def __str__(self) -> str:
        more = len(self.faults) - 1
        return f"profile {self.faults[0]}" + (f" (and {more} more: dripwatch profiles validate)" if more else "")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class PercentSeconds(_Part):
    """Raise when (limit - value, at most `cap`) x seconds reaches `index` (as in SatSeconds)."""

    index: PositiveFloat
    cap: PositiveFloat


class Dips(_Part):
    """Raise at the `count`-th separate dip within `within` seconds."""

    count: Annotated[int, Field(ge=2, le=20)]
    within: Seconds


class FastFall(_Part):
    """Wait `delay` seconds when, within the last `within` seconds, the value fell faster than `rate` a second."""

    rate: PositiveFloat
    within: Annotated[float, Field(ge=0, le=60)]
    delay: Annotated[float, Field(ge=0, le=60)]


class Stage(_Part):
    """One step of a rule."""

    when: tuple[When, ...] = ()
    persistence: Seconds = 0
    percent_seconds: PercentSeconds | None = None
    dips: Dips | None = None
    fast_fall: FastFall | None = None
    after: Seconds | None = None
    again_within: Seconds | None = None
    readings: Annotated[int, Field(ge=1, le=10)] = 1
    priority: PriorityWord

    @model_validator(mode="after")
    def _has_one_trigger(self) -> Self:
        given = [bool(self.when), self.after is not None, self.again_within is not None]
        if given.count(True) != 1:
            raise ValueError("a stage needs exactly one of 'when', 'after', 'again_within'")
        return self


Kind = Literal[
    "continuous", "nibp", "gate", "product", "condition", "symptom",
    "missing", "lost", "overdue", "device", "record", "stuck", "disagree", "interrupted", "sound", "fault",
]  # fmt: skip
NEEDED = (
    "missing", "lost", "overdue", "device", "record", "stuck", "disagree", "interrupted", "sound", "fault", "symptom",
)  # fmt: skip
"""Kinds no profile can be without; with the high rules they cannot be switched off either."""
TREATED = frozenset({Phase.INFUSION, Phase.OBSERVATION})
LONGEST_DELAY = 600
"""Seconds (D): twice the longest of rules.md section 3."""
OWN_KEY = MappingProxyType(
    {"product": "above", "condition": "condition", "symptom": "symptoms", "stuck": "unchanged", "disagree": "by"}
)
"""The key that a rule of this kind has, and no other."""


class Rule(_Part):
    """One row of the rule table."""

    id: Annotated[str, Field(pattern=r"^[A-Z0-9]+(-[0-9]+)?$")]
    kind: Kind
    side: Side | None = None
    phases: Annotated[frozenset[Phase], Field(min_length=1)]
    source: Annotated[str, Field(min_length=1)]
    shown: bool = False
    repeat: bool = False
    silent: bool = False
    off: bool = False
    hysteresis: Annotated[float, Field(ge=0)] | None = None
    above: PositiveFloat | None = None
    condition: Condition | None = None
    symptoms: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    unchanged: dict[Signal, Annotated[float, Field(gt=0, le=7200)]] | None = None
    by: Annotated[float, Field(gt=0, le=100)] | None = None
    stage: tuple[Stage, ...] = ()

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        for kind, key in OWN_KEY.items():
            if (getattr(self, key) is not None) != (kind == self.kind):
                raise ValueError(f"{key!r} belongs to rules of kind {kind!r}, and they need it")
        if self.kind in ("continuous", "nibp", "gate"):
            self._check_limits()
        elif any(stage.after is None for stage in self.stage):
            raise ValueError(f"stages of a {self.kind} rule have only 'after'")
        if self.off and not self.can_be_off:
            raise ValueError("'off' is never for a gate, a high rule, a T rule or SYM")
        if self.silent and self.top > Priority.LOW:
            raise ValueError("only a low rule can be silent")
        if self.top is Priority.HIGH or self.kind in NEEDED:
            self._check_is_in_force()
        if (self.kind == "lost") != (not self.stage):
            raise ValueError("a rule needs stages (kind 'lost' has none)")
        if any(a.priority >= b.priority for a, b in pairwise(self.stage)):
            raise ValueError("each stage needs a higher priority than the one before")
        return self

    def _check_is_in_force(self) -> None:
        """What may not be switched off may not be put off for ever either, or left out of the treatment."""
        if absent := TREATED - self.phases:
            raise ValueError(f"'phases' leaves out {', '.join(sorted(absent))}, where this rule cannot be switched off")
        if any(max(stage.persistence, stage.after or 0) > LONGEST_DELAY for stage in self.stage):
            raise ValueError(f"a delay of more than {LONGEST_DELAY} s would switch this rule off")

    def _check_limits(self) -> None:
        if not self.stage or not self.stage[0].when or (self.side is None and self.kind != "gate"):
            raise ValueError("a limit rule needs a side and a first stage with 'when'")
        if self.kind == "gate":
            return
        for comparison in self.comparisons:
            if comparison.base is not None and self.kind != "nibp":
                raise ValueError(f"'{comparison}': only nibp rules are relative to a baseline")
            if comparison.is_high != (self.side is Side.HIGH):
                raise ValueError(f"{comparison.op} is on the wrong side for side = '{self.side}'")
            if (comparison.signal in NIBP) != (self.kind == "nibp"):
                raise ValueError(f"{comparison.signal} does not belong in a rule of kind '{self.kind}'")
        for stage in self.stage:
            self._check_stage(stage)
        if self.kind == "continuous" and any(len(s.when) > 1 for s in self.stage):
            raise ValueError("a continuous stage has one comparison")
        if self.kind == "continuous" and len({c.signal for c in self.comparisons}) > 1:
            raise ValueError("a continuous rule looks at one signal")

    def _check_stage(self, stage: Stage) -> None:
        """A key that this kind of rule does not know would switch the stage off in silence."""
        patterns = (stage.percent_seconds, stage.dips, stage.fast_fall)
        if self.kind == "continuous":
            if stage.again_within is not None:
                raise ValueError("'again_within' is for nibp rules; a continuous rule has 'after'")
            if any(patterns) and (self.side is not Side.LOW or not stage.when):
                raise ValueError("'percent_seconds', 'dips' and 'fast_fall' need a low limit in 'when'")
        elif stage.after is not None or stage.persistence or any(patterns):
            raise ValueError("an nibp stage has 'when' or 'again_within', and is judged per reading")

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """All comparisons of all stages."""
        return tuple(c for stage in self.stage for c in stage.when)

    @property
    def top(self) -> Priority:
        """The highest priority the rule can reach."""
        return max((stage.priority for stage in self.stage), default=Priority.HIGH)

    def watches(self, signal: Signal) -> bool:
        """Whether a stuck value of `signal` is this rule's business."""
        return self.unchanged is not None and signal in self.unchanged

    @property
    def can_be_off(self) -> bool:
        """Whether people may switch it off: never a high rule, nor one that says that something is not known."""
        return self.kind not in (*NEEDED, "gate") and self.top < Priority.HIGH

    def is_judged_in(self, phase: Phase) -> bool:
        """Whether the rule applies in `phase`; setup is judged like baseline (rules.md 1)."""
        return phase in self.phases or (phase is Phase.SETUP and Phase.BASELINE in self.phases)


class Timing(_Part):
    """Times of rules.md section 2 and 4, seconds."""

    hold: Annotated[float, Field(gt=0, le=60)]
    hold_intervals: Annotated[float, Field(gt=0, le=10)]
    clear: Seconds
    lost_after: Seconds
    audio_pause: Annotated[float, Field(gt=0, le=120)]
    reminder: Annotated[float, Field(gt=0, le=120)]


class Hysteresis(_Part):
    """How far inside a value must be to end an occurrence, in the signal's unit."""

    hr: PositiveFloat
    spo2: PositiveFloat
    nibp: PositiveFloat
    rr: PositiveFloat

    def of(self, signal: Signal) -> float:
        """The hysteresis for one signal."""
        if signal in NIBP:
            return self.nibp
        return {Signal.SPO2: self.spo2, Signal.RR: self.rr}.get(signal, self.hr)


class Verify(_Part):
    """What makes a cuff reading one to verify (rules.md section 3): mmHg, and the share the rate may differ by."""

    pulse_pressure: tuple[PositiveFloat, PositiveFloat]
    jump: PositiveFloat
    same_rate: PositiveFloat


class BaselineTimes(_Part):
    """How the baseline is taken: HR and SpO2 are medians of the last `window` seconds of its phase."""

    window: PositiveFloat


class CuffTimes(_Part):
    """For how many seconds at most an inflating cuff on the probe's limb holds alarms back."""

    inhibit: Annotated[float, Field(gt=0, le=60)]


class NibpTimes(_Part):
    """When cuff readings are due and how long one may be shown, seconds."""

    interval: dict[Phase, Annotated[float, Field(gt=0, le=3600)]]
    overdue: Annotated[float, Field(ge=0, le=600)]
    repeat: Annotated[float, Field(ge=0, le=600)]
    rest: Annotated[float, Field(ge=30, le=300)]
    failures: Annotated[int, Field(ge=1, le=5)]
    shown: Annotated[float, Field(gt=0, le=3600)]

    @model_validator(mode="after")
    def _covers_the_judged_phases(self) -> Self:
        if missing := {Phase.BASELINE, Phase.INFUSION, Phase.OBSERVATION} - set(self.interval):
            raise ValueError(f"no interval for {', '.join(sorted(missing))}")
        return self

    def interval_in(self, phase: Phase) -> float | None:
        """Seconds between readings in `phase`; None where none are due."""
        return self.interval.get(Phase.BASELINE if phase is Phase.SETUP else phase)


class Profile(_Part):
    """A whole profile. `text` is TOML that gives it again by itself, so a record can carry it.

    `rule` has the rules that are judged; `off` those that the profile leaves out, which the screen says.
    """

    name: Annotated[str, Field(min_length=1)]
    title: str
    session: Plan
    timing: Timing
    hysteresis: Hysteresis
    nibp: NibpTimes
    verify: Verify
    baseline: BaselineTimes
    cuff: CuffTimes
    rule: tuple[Rule, ...]
    off: tuple[Rule, ...] = ()
    text: str = Field(default="", exclude=True, repr=False)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        self.check_limits()
        return self

    def check_limits(self) -> None:
        """ValueError when rules are missing, twice there, or their limits cross."""
        kinds = {rule.kind for rule in self.rule}
        if absent := sorted(set(NEEDED) - kinds):
            raise ValueError(f"no rule of kind {', '.join(absent)}: technical alarms cannot be left out")
        ids = [rule.id for rule in self.rule]
        if twice := {i for i in ids if ids.count(i) > 1}:
            raise ValueError(f"rule {', '.join(sorted(twice))} is there twice")
        for signal in {c.signal for rule in self.rule for c in rule.comparisons}:
            self._check_signal(signal)

    def _check_signal(self, signal: Signal) -> None:
        high = self._limits(signal, Side.HIGH)
        low = self._limits(signal, Side.LOW)
        margin = self.hysteresis.of(signal)
        for h, high_rule, _ in high:
            for lo, low_rule, _ in low:
                if lo + margin > h - margin:
                    raise ValueError(f"crossed limits: {low_rule} {signal} {lo:g} and {high_rule} {h:g}")
        for limits, outward in ((high, 1), (low, -1)):
            ordered = sorted(limits, key=lambda row: row[2])
            for (a, rule_a, pa), (b, rule_b, pb) in pairwise(ordered):
                if pa < pb and (b - a) * outward < 0:
                    raise ValueError(
                        f"crossed limits: {rule_b} ({pb.word}) {signal} {b:g} comes before {rule_a} ({pa.word}) {a:g}"
                    )

    def _limits(self, signal: Signal, side: Side) -> list[tuple[float, str, Priority]]:
        return [
            (c.limit, rule.id, stage.priority)
            for rule in self.rule
            if rule.side is side
            for stage in rule.stage
            for c in stage.when
            if c.signal is signal and c.base is None
        ]

    def of_kind(self, kind: Kind) -> list[Rule]:
        """The rules of one kind, in their order."""
        return [rule for rule in self.rule if rule.kind == kind]

    @cached_property
    def sha256(self) -> str:
        """Hex digest of the profile's text: what a record and a receipt name it by."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def shown_limits(self, signal: Signal) -> dict[Side, float]:
        """The limits the screen shows beside a number, by side."""
        return {
            rule.side: c.limit
            for rule in self.rule
            if rule.shown and rule.side is not None
            for c in rule.stage[0].when
            if c.signal is signal and c.base is None
        }
