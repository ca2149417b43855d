"""The session so far, for trends: every valid sample and every good cuff reading."""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

import numpy as np
import numpy.typing as npt

from ingest.model import NibpReading, Signal

Series = tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]
"""Times in microseconds and values in the signal's unit, both of shape (n,)."""


@dataclass(frozen=True, slots=True)
class History:
    """A copy of the series at one instant."""

    series: Mapping[Signal, Series]
    nibp: tuple[NibpReading, ...]


class Historian:
    """Collects the series; written by the station's thread, copied by any other."""

    def __init__(self, signals: tuple[Signal, ...]) -> None:
        self._lock = Lock()
        self._series = {signal: (array("q"), array("d")) for signal in signals}
        self._nibp: list[NibpReading] = []

    def add(self, t: int, signal: Signal, value: float) -> None:
        """One valid sample."""
        series = self._series.get(signal)
        if series is not None:
            with self._lock:
                series[0].append(t)
                series[1].append(value)

    def add_nibp(self, reading: NibpReading) -> None:
        """One good reading."""
        with self._lock:
            self._nibp.append(reading)

    def copy(self) -> History:
        """All of it, as of now."""
        with self._lock:
            series = {s: (np.array(t, np.int64), np.array(v, np.float64)) for s, (t, v) in self._series.items()}
            return History(series, tuple(self._nibp))
