"""A profile: the rules and times of a treatment, read from TOML and checked before a session starts.

Rules are data. A rule has stages: the first that is reached raises an occurrence, a later one with
a higher priority escalates it. Which keys a stage may have depends on the kind of the rule:

* continuous: `when` + `persistence` (and `percent_seconds`, `dips`, `fast_fall`), or `after`
* nibp: `when` (any one of them, judged per reading), or `again_within`
* missing, overdue, device, record: `after`; lost has no stages: it takes the lost occurrence's priority
"""

import hashlib
import tomllib
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PositiveFloat, ValidationError, model_validator

from alerts.conditions import Comparison
from alerts.model import Phase, Priority, Side
from ingest.model import NIBP, Signal

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def _priority(word: object) -> Priority:
    for priority in Priority:
        if priority.word == word:
            return priority
    raise ValueError(f"{word!r} is not one of {', '.join(p.word for p in Priority)}")


PriorityWord = Annotated[Priority, BeforeValidator(_priority)]
When = Annotated[Comparison, BeforeValidator(lambda text: Comparison.parse(str(text)))]


class ProfileError(Exception):
    """A profile that cannot be used: one line that names file, place and reason."""


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
    within: Seconds
    delay: Seconds


class Stage(_Part):
    """One step of a rule."""

    when: tuple[When, ...] = ()
    persistence: Seconds = 0
    percent_seconds: PercentSeconds | None = None
    dips: Dips | None = None
    fast_fall: FastFall | None = None
    after: Seconds | None = None
    again_within: Seconds | None = None
    priority: PriorityWord

    @model_validator(mode="after")
    def _has_one_trigger(self) -> Self:
        given = [bool(self.when), self.after is not None, self.again_within is not None]
        if given.count(True) != 1:
            raise ValueError("a stage needs exactly one of 'when', 'after', 'again_within'")
        return self


Kind = Literal["continuous", "nibp", "missing", "lost", "overdue", "device", "record"]


class Rule(_Part):
    """One row of the rule table."""

    id: Annotated[str, Field(pattern=r"^[A-Z0-9]+(-[0-9]+)?$")]
    kind: Kind
    side: Side | None = None
    phases: Annotated[frozenset[Phase], Field(min_length=1)]
    source: Annotated[str, Field(min_length=1)]
    shown: bool = False
    repeat: bool = False
    stage: tuple[Stage, ...] = ()

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.kind in ("continuous", "nibp"):
            self._check_limits()
        elif any(stage.after is None for stage in self.stage):
            raise ValueError(f"stages of a {self.kind} rule have only 'after'")
        if (self.kind == "lost") != (not self.stage):
            raise ValueError("a rule needs stages (kind 'lost' has none)")
        if any(a.priority >= b.priority for a, b in pairwise(self.stage)):
            raise ValueError("each stage needs a higher priority than the one before")
        return self

    def _check_limits(self) -> None:
        if self.side is None or not self.stage or not self.stage[0].when:
            raise ValueError("a limit rule needs a side and a first stage with 'when'")
        for comparison in self.comparisons:
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

    def is_judged_in(self, phase: Phase) -> bool:
        """Whether the rule applies in `phase`; setup is judged like baseline (rules.md 1)."""
        return phase in self.phases or (phase is Phase.SETUP and Phase.BASELINE in self.phases)


class Timing(_Part):
    """Times of rules.md section 2 and 4, seconds."""

    hold: Annotated[float, Field(gt=0, le=60)]
    hold_intervals: PositiveFloat
    clear: Seconds
    lost_after: Seconds
    audio_pause: Annotated[float, Field(gt=0, le=120)]
    reminder: Annotated[float, Field(gt=0, le=120)]


class Hysteresis(_Part):
    """How far inside a value must be to end an occurrence, in the signal's unit."""

    hr: PositiveFloat
    spo2: PositiveFloat
    nibp: PositiveFloat

    def of(self, signal: Signal) -> float:
        """The hysteresis for one signal."""
        if signal in NIBP:
            return self.nibp
        return self.spo2 if signal is Signal.SPO2 else self.hr


class NibpTimes(_Part):
    """When cuff readings are due and how long one may be shown, seconds."""

    interval: dict[Phase, PositiveFloat]
    overdue: Seconds
    repeat: Seconds
    rest: Annotated[float, Field(ge=30)]
    failures: Annotated[int, Field(ge=1)]
    shown: PositiveFloat

    @model_validator(mode="after")
    def _covers_the_judged_phases(self) -> Self:
        if missing := {Phase.BASELINE, Phase.INFUSION, Phase.OBSERVATION} - set(self.interval):
            raise ValueError(f"no interval for {', '.join(sorted(missing))}")
        return self

    def interval_in(self, phase: Phase) -> float | None:
        """Seconds between readings in `phase`; None where none are due."""
        return self.interval.get(Phase.BASELINE if phase is Phase.SETUP else phase)


class Profile(_Part):
    """A whole profile. `text` is the TOML it was read from, so a record can carry it."""

    name: Annotated[str, Field(min_length=1)]
    title: str
    timing: Timing
    hysteresis: Hysteresis
    nibp: NibpTimes
    rule: tuple[Rule, ...]
    text: str = Field(default="", exclude=True, repr=False)

    @model_validator(mode="after")
    def _has_no_crossed_limits(self) -> Self:
        kinds = {rule.kind for rule in self.rule}
        if absent := sorted({"missing", "lost", "overdue", "device", "record"} - kinds):
            raise ValueError(f"no rule of kind {', '.join(absent)}: technical alarms cannot be left out")
        ids = [rule.id for rule in self.rule]
        if twice := {i for i in ids if ids.count(i) > 1}:
            raise ValueError(f"rule {', '.join(sorted(twice))} is there twice")
        for signal in {c.signal for rule in self.rule for c in rule.comparisons}:
            self._check_signal(signal)
        return self

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
            if c.signal is signal
        ]

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
            if c.signal is signal
        }


def parse_profile(text: str, origin: str) -> Profile:
    """Read a profile from TOML text; `origin` is what an error calls it."""
    try:
        return Profile.model_validate(tomllib.loads(text) | {"text": text})
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"profile {origin}: not valid TOML: {error}") from None
    except ValidationError as error:
        raise ProfileError(f"profile {origin}: {_first(error, text)}") from None


def _first(error: ValidationError, text: str) -> str:
    """The first complaint of pydantic as `rule HR-2, stage 1, persistence: reason`."""
    first = error.errors()[0]
    reason = "unknown key" if first["type"] == "extra_forbidden" else first["msg"].removeprefix("Value error, ")
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    place = _place(first["loc"], tomllib.loads(text))
    return f"{place}: {reason}{more}" if place else reason + more


def _place(loc: tuple[Any, ...], data: Any) -> str:
    """`("rule", 5, "stage", 0, "when")` in words, a rule by its id and the rest counted from 1."""
    words: list[str] = []
    for key in loc:
        data = data.get(key) if isinstance(data, dict) else data[key] if isinstance(data, list) else None
        if isinstance(key, int):
            name = data.get("id") if isinstance(data, dict) else None
            words[-1] += f" {name or key + 1}"
        else:
            words.append(key)
    return ", ".join(words)
