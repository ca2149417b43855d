"""Pure predicates over numbers: what a limit is, when it is broken, when a value is well inside again.

Nothing here knows of time, of occurrences or of people.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ingest.model import SIGNALS, NibpReading, Signal

_OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_COMPARISON = re.compile(r"\s*([a-z0-9_]+)\s*(>=|<=|>|<)\s*(-?\d+(?:\.\d+)?)\s*")


@dataclass(frozen=True, slots=True)
class Comparison:
    """`signal op limit`, such as `spo2 < 90`, the limit in the signal's unit."""

    signal: Signal
    op: str
    limit: float

    @classmethod
    def parse(cls, text: str) -> "Comparison":
        """Read `signal op number`; ValueError names what is wrong with it."""
        match = _COMPARISON.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is not a comparison such as 'spo2 < 90'")
        name, op, number = match.groups()
        if name not in set(Signal):
            raise ValueError(f"{text!r}: unknown signal {name!r}; known: {', '.join(Signal)}")
        return cls(Signal(name), op, float(number))

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
        return value <= self.limit - hysteresis if self.is_high else value >= self.limit + hysteresis

    def describe(self, value: float, title: str | None = None) -> str:
        """`SpO2 88 < 90`: the value that broke it and the limit, for people."""
        return f"{title or SIGNALS[self.signal].title} {value:g} {self.op} {self.limit:g}"


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
