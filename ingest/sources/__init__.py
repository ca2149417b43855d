"""Where readings come from. A source is opened from a URL and says its readings in time order."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Protocol

from ingest.model import Reading


class SourceError(Exception):
    """A source that cannot be used: one line that says what, where, and what to do."""


class Mode(StrEnum):
    """What the numbers on the screen are; anything but LIVE is marked on every view (H33)."""

    LIVE = "live"
    SIMULATED = "sim"
    REPLAY = "replay"


class Source(Protocol):
    """A stream of readings.

    `readings()` may be called once. It yields a DeviceConfiguration first, then readings with `t`
    never decreasing, in microseconds from the source's first row; None means "nothing more at the
    moment, ask again" and only a source that follows something still growing says it.
    `backlog` is the `t` of the last reading that already lay there when the source was opened: a
    followed file is shown from its end (0 otherwise). `notes()` are the one-line remarks for people
    gathered so far (unknown columns, rejected rows with their line numbers, a long interval);
    `rejected` counts the rows that could not be used.
    """

    @property
    def name(self) -> str: ...
    @property
    def mode(self) -> Mode: ...
    @property
    def speed(self) -> float: ...
    @property
    def backlog(self) -> int: ...
    @property
    def rejected(self) -> int: ...
    def readings(self) -> Iterator[Reading | None]: ...
    def notes(self) -> list[str]: ...
