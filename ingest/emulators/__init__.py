"""Devices that are not there: each emulator speaks one device's bytes, for training, tests and demonstration.

Like a decoder it knows no port, clock or thread: it is asked what it says at a time, and told what it hears.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

from ingest.model import Condition


@dataclass(frozen=True, slots=True)
class Vitals:
    """What the emulated device measures; None: it has no reading (finger out, cuff off).

    Rates per minute, SpO2 %, pressures mmHg, perfusion index %, EtCO2 mmHg.
    """

    pr: float | None = 75
    spo2: float | None = 97
    sys: float | None = 122
    dia: float | None = 77
    map: float | None = 92
    pi: float | None = 2.4
    rr: float | None = 14
    etco2: float | None = 38


class Emulator(Protocol):
    """One device. `vitals` may be changed at any time; times are microseconds.

    `conditions` are the technical states it shall show, of those it CAN_SHOW; numbers that such a state takes away
    are None in `vitals` too.
    """

    CAN_SHOW: ClassVar[frozenset[Condition]]

    vitals: Vitals
    conditions: frozenset[Condition]

    def say(self, now: int) -> bytes:
        """What the device sends from the last call up to `now`, at its own rate."""
        ...

    def hear(self, data: bytes, now: int) -> None:
        """What the host sent; an answer comes with the next `say`."""
        ...


@runtime_checkable
class Summed(Protocol):
    """A device whose frames have checksums; `spoil` says what becomes of each, so that it can be wrong."""

    spoil: Callable[[int], int]


@runtime_checkable
class Inflates(Protocol):
    """A cuff. `cuff_error`: how the next measurements fail, in its own words; None: they succeed."""

    CUFF_ERRORS: ClassVar[tuple[str, ...]]
    cuff_error: str | None
