"""The patient's own numbers: what the limits of some rules are relative to, and what personal limits are proposed from.

SBP and DBP: median of the cuff readings of phase baseline; HR and SpO2: median of its last minute (rules.md section 1).
What a person entered takes their place.
"""

from collections import deque
from collections.abc import Mapping
from statistics import median
from types import MappingProxyType

from alerts.model import BaselineSet, SetBaseline, Side
from ingest.model import NibpReading, Signal, micros

Proposals = Mapping[tuple[Signal, Side], float]

_PERSONAL: Mapping[tuple[Signal, Side], tuple[float, float]] = MappingProxyType(
    {
        (Signal.HR, Side.LOW): (0.8, 0),
        (Signal.HR, Side.HIGH): (1.25, 0),
        (Signal.NIBP_SYS, Side.LOW): (0.68, 10),
        (Signal.NIBP_SYS, Side.HIGH): (0.86, 38),
        (Signal.NIBP_DIA, Side.LOW): (0.68, 6),
        (Signal.NIBP_DIA, Side.HIGH): (0.86, 32),
    }
)
"""Personal limit = factor x baseline + constant (S: Mindray; rules.md section 3)."""


class Baseline:
    """Collects while the phase lasts; `values` are those in force, by signal. HR stands for the rate that is judged."""

    def __init__(self, window_s: float) -> None:
        self.values: dict[Signal, float] = {}
        self._window = micros(window_s)
        self._entered: dict[Signal, float] = {}
        self._measured: dict[Signal, float] = {}
        self._pressures: dict[Signal, list[float]] = {}
        self._samples: dict[Signal, deque[tuple[int, float]]] = {}

    @property
    def has_pressure(self) -> bool:
        """Whether phase baseline has seen a cuff reading so far."""
        return bool(self._pressures.get(Signal.NIBP_SYS))

    def begin(self) -> None:
        """Phase baseline begins: what an earlier one measured is forgotten."""
        self._measured = {}
        self._pressures = {Signal.NIBP_SYS: [], Signal.NIBP_DIA: []}
        self._samples = {Signal.HR: deque(), Signal.SPO2: deque()}

    def reading(self, reading: NibpReading) -> None:
        """A good cuff reading of phase baseline."""
        for signal, value in ((Signal.NIBP_SYS, reading.sys), (Signal.NIBP_DIA, reading.dia)):
            if value is not None and signal in self._pressures:
                self._pressures[signal].append(value)

    def sample(self, t: int, signal: Signal, value: float) -> None:
        """A valid sample of phase baseline."""
        if (samples := self._samples.get(signal)) is None:
            return
        samples.append((t, value))
        while samples[0][0] <= t - self._window:
            samples.popleft()

    def close(self, t: int, who: str) -> BaselineSet:
        """Phase baseline is over at `t`."""
        for signal, values in self._pressures.items():
            if values:
                self._measured[signal] = median(values)
        for signal, samples in self._samples.items():
            if recent := [value for at, value in samples if at > t - self._window]:
                self._measured[signal] = median(recent)
        self._pressures, self._samples = {}, {}
        return self._set(t, who)

    def enter(self, command: SetBaseline) -> BaselineSet:
        """A person says what the baseline is; what is left open stays as measured."""
        given = {
            Signal.NIBP_SYS: command.sys,
            Signal.NIBP_DIA: command.dia,
            Signal.HR: command.hr,
            Signal.SPO2: command.spo2,
        }
        self._entered = {signal: value for signal, value in given.items() if value is not None}
        return self._set(command.t, command.who)

    def _set(self, t: int, who: str) -> BaselineSet:
        self.values.clear()
        self.values.update(self._measured | self._entered)
        get = self.values.get
        return BaselineSet(t, who, get(Signal.NIBP_SYS), get(Signal.NIBP_DIA), get(Signal.HR), get(Signal.SPO2))


def personal_limits(baseline: Mapping[Signal, float]) -> Proposals:
    """Limits proposed for a patient with this baseline, rounded to whole numbers; nothing is set by it."""
    return {
        (signal, side): float(round(factor * baseline[signal] + constant))
        for (signal, side), (factor, constant) in _PERSONAL.items()
        if signal in baseline
    }
