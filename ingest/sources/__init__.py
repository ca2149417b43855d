"""Where readings come from. A source is opened from a URL and says its readings in time order."""

from collections.abc import Iterator, Sequence
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
    `backlog` is the `t` at which the session begins: that of the last reading that already lay there when
    the source was opened, and the time since it was written (0 for all but a followed file).
    `notes()` are the one-line remarks for people gathered so far (unknown columns, rejected rows with
    their line numbers, a long interval); `rejected` counts the rows that could not be used.
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


RECORD = "record"
"""The name under which the recorder reports its own trouble: no source may have it."""
SOUND = "sound"
"""The name under which the station reports whether its alarms can be heard: no source may have it."""


def common_speed(sources: Sequence[Source]) -> float:
    """The one speed all sources are played at; SourceError when they differ or cannot be told apart."""
    names = [source.name for source in sources]
    if twice := next((name for name in names if names.count(name) > 1 or name in (RECORD, SOUND)), None):
        raise SourceError(f"{twice!r} is another source's name or the station's own: give each its own (?name=)")
    speeds = {source.speed for source in sources}
    if len(speeds) > 1:
        raise SourceError(f"sources of different speeds ({', '.join(f'{s:g}' for s in sorted(speeds))}): give one")
    return speeds.pop()


def common_mode(sources: Sequence[Source]) -> Mode:
    """What the screen is marked as: live only if every source is."""
    modes = {source.mode for source in sources}
    return next(mode for mode in (Mode.SIMULATED, Mode.REPLAY, Mode.LIVE) if mode in modes)
