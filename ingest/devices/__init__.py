"""Devices on serial lines: what a decoder is. Which there are: ingest.drivers.

A decoder knows the bytes of one device and nothing else: no port, no clock, no thread. Its module's
docstring is the wire specification with its sources.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Protocol, runtime_checkable

from ingest.model import Reading, Signal


class Parity(StrEnum):
    """Parity as serial ports name it."""

    NONE = "N"
    ODD = "O"
    EVEN = "E"


@dataclass(frozen=True, slots=True)
class Line:
    """Line settings: 8 data bits always; no flow control (it swallows data bytes, devices.md 1.3)."""

    baud: int
    parity: Parity = Parity.NONE
    stop_bits: int = 1


class Standing(StrEnum):
    """How well a device's bytes are known."""

    SPECIFIED = "vendor specification"
    PUBLIC = "public code"
    EXPERIMENTAL = "experimental"


@dataclass(slots=True)
class Counters:
    """What a decoder has seen: bytes in = bytes in good frames + bytes discarded + bytes still held."""

    bytes_in: int = 0
    bytes_framed: int = 0
    bytes_discarded: int = 0
    frames: int = 0
    bad_checksums: int = 0
    resyncs: int = 0


class Decoder(Protocol):
    """One device's bytes as readings.

    Times are microseconds of the session clock. `feed` takes any piece of the stream and returns what
    it completes; it never raises on bytes. `due` returns what should be sent now (start, keep-alive,
    poll), b"" most of the time. `held` is how many bytes wait for the rest of their frame.
    """

    TITLE: ClassVar[str]
    LINES: ClassVar[tuple[Line, ...]]
    STANDING: ClassVar[Standing]
    SIGNALS: ClassVar[frozenset[Signal]]
    INTERVAL: ClassVar[int]

    counters: Counters

    def __init__(self, source: str) -> None: ...
    @property
    def held(self) -> int: ...
    def feed(self, data: bytes, now: int) -> list[Reading]: ...
    def due(self, now: int) -> bytes: ...


@runtime_checkable
class ControlsCuff(Protocol):
    """A decoder whose device takes a measurement when told; `due` then says what to send, and polls for the result."""

    def start_nibp(self) -> None:
        """Measure now."""
        ...

    def stop_nibp(self) -> None:
        """Let the air out of the cuff at once."""
        ...

    def set_interval(self, seconds: float | None) -> None:
        """Measure every so often, from start to start; None: only when told. ValueError below 60 s."""
        ...
