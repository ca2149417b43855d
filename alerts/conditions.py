"""Pure predicates over numbers: what a limit is, when it is broken, when a value is well inside again.

Nothing here knows of time, of occurrences or of people.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from ingest.model import SIGNALS, NibpReading, Signal

_OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_COMPARISON = re.compile(
    r"\s*(?P<signal>[a-z0-9_]+)\s*(?P<op>>=|<=|>|<)\s*"
    r"(?:(?P<limit>-?\d+(?:\.\d+)?)|(?P<base>baseline|previous)(?:\s*(?P<sign>[+-])\s*(?P<by>\d+(?:\.\d+)?)\s*(?P<percent>%)?)?)\s*"
)


class Reference(StrEnum):
    """What a limit may be relative to."""

    BASELINE = "baseline"
    PREVIOUS = "previous"


@dataclass(frozen=True, slots=True)
class Comparison:
    """`signal op limit`, such as `spo2 < 90`, the limit in the signal's unit.

    With a `base` the limit is that number plus `limit`, or plus `limit` per cent of it: see `against`.
    """

    signal: Signal
    op: str
    limit: float
    base: Reference | None = None
    is_percent: bool = False

    @classmethod
    def parse(cls, text: str) -> "Comparison":
        """Read `signal op number`, or `signal op baseline + number [%]`; ValueError names what is wrong with it."""
        match = _COMPARISON.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is not a comparison such as 'spo2 < 90' or 'nibp_sys >= baseline + 40'")
        name = match["signal"]
        if name not in set(Signal):
            raise ValueError(f"{text!r}: unknown signal {name!r}; known: {', '.join(Signal)}")
        if match["base"] is None:
            return cls(Signal(name), match["op"], float(match["limit"]))
        by = float(f"{match['sign'] or '+'}{match['by'] or 0}")
        return cls(Signal(name), match["op"], by, Reference(match["base"]), match["percent"] is not None)

    def against(self, references: Mapping[Reference, Mapping[Signal, float]]) -> "Comparison | None":
        """The comparison with its limit worked out; None while what it is relative to is not known."""
        if self.base is None:
            return self
        base = references[self.base].get(self.signal)
        if base is None:
            return None
        by = base * self.limit / 100 if self.is_percent else self.limit
        return replace(self, limit=base + by, base=None, is_percent=False)

    @property
    def is_high(self) -> bool:
        """Whether it is an upper limit."""
        return self.op.startswith(">")

    @property
    def test(self) -> Callable[[float, float], bool]:
        """The predicate `test(value, limit)`."""
        return _OPERATORS[self.op]

    def holds(self, value: float | None) -> bool:
        """Whether `value` breaks the limit; a value that is not there breaks nothing."""
        return value is not None and self.test(value, self.limit)

    def is_inside(self, value: float, hysteresis: float) -> bool:
        """Whether `value` is back inside the limit by `hysteresis` (rules.md 2.5)."""
        if self.holds(value):
            return False
        return value <= self.limit - hysteresis if self.is_high else value >= self.limit + hysteresis

    def describe(self, value: float, title: str | None = None) -> str:
        """`SpO2 88 < 90`: the value that broke it and the limit, for people."""
        return f"{title or SIGNALS[self.signal].title} {value:g} {self.op} {self.limit:g}"

    def __str__(self) -> str:
        if self.base is None:
            return f"{self.signal} {self.op} {self.limit:g}"
        by = f" {'-' if self.limit < 0 else '+'} {abs(self.limit):g}{' %' if self.is_percent else ''}"
        return f"{self.signal} {self.op} {self.base}{by if self.limit else ''}"


def implausible(signal: Signal, value: float) -> str | None:
    """Why `value` cannot be one of `signal` (rules.md 2.4), or None when it can."""
    info = SIGNALS[signal]
    if info.low <= value <= info.high:
        return None
    return f"{info.title} {value:g} is outside {info.low:g}-{info.high:g} {info.unit}"


def implausible_nibp(reading: NibpReading) -> str | None:
    """Why the pressures of a cuff reading cannot be (rules.md 2.4), or None when they can."""
    for signal, value in ((Signal.NIBP_SYS, reading.sys), (Signal.NIBP_DIA, reading.dia)):
        if value is not None and (why := implausible(signal, value)):
            return why
    if reading.sys is not None and reading.dia is not None and reading.sys < reading.dia:
        return f"SBP {reading.sys:g} is below DBP {reading.dia:g}"
    return None


def implausible_map(reading: NibpReading) -> str | None:
    """Why the mean pressure of an otherwise plausible reading cannot be, or None when it can."""
    if reading.map is None:
        return None
    if reading.sys is not None and reading.map > reading.sys:
        return f"MAP {reading.map:g} is above SBP {reading.sys:g}"
    if reading.dia is not None and reading.map < reading.dia:
        return f"MAP {reading.map:g} is below DBP {reading.dia:g}"
    return implausible(Signal.NIBP_MAP, reading.map)


def pressures(reading: NibpReading) -> dict[Signal, float | None]:
    """The three numbers of a cuff reading by signal, mmHg."""
    return {Signal.NIBP_SYS: reading.sys, Signal.NIBP_DIA: reading.dia, Signal.NIBP_MAP: reading.map}


class Doubts(Protocol):
    """When a cuff reading is doubtful, in mmHg; see the profile's [verify]."""

    @property
    def pulse_pressure(self) -> tuple[float, float]: ...
    @property
    def jump(self) -> float: ...
    @property
    def same_rate(self) -> float: ...


def doubt(limits: Doubts, reading: NibpReading, before: Mapping[Signal, float], rate: float | None) -> str:
    """Why a plausible reading should be verified (rules.md section 3), or ""; `before`: the last one, and its rate."""
    if reading.sys is None:
        return ""
    if reading.dia is not None:
        low, high = limits.pulse_pressure
        if not low <= (width := reading.sys - reading.dia) <= high:
            return f"pulse pressure {width:g} mmHg"
    old_rate, old_sys = before.get(Signal.HR), before.get(Signal.NIBP_SYS)
    if old_sys is None or old_rate is None or rate is None or abs(reading.sys - old_sys) <= limits.jump:
        return ""
    is_same = abs(rate - old_rate) <= limits.same_rate * old_rate
    return f"SBP changed from {old_sys:g} to {reading.sys:g} with the rate unchanged" if is_same else ""
