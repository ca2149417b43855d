"""The record: what was taken and in which order, kept so that nothing confirmed is lost.

This file is the seam: the Recorder protocol and the few values that cross it. The station offers
inputs, commands and events, each with the next number of one counter (`seq`: 1, 2, 3 ... in the
order the station took them); a recorder commits them once a second, and at once after a command or
event (docs/decisions/0004-the-record.md). Commands and events arrive as generic entries, because
this package knows nothing of alarms.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from ingest.model import Reading
from ingest.sources import Mode

INTERRUPTED = "interrupted"
"""The `end_reason` of a session that nobody ended: the program was killed or the power went."""


class RecordError(Exception):
    """A record that cannot be used: one line that says what, where, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFacts:
    """What is known when a session begins.

    `started` is aware; `t` = 0 of the session. `profile_toml` is the whole effective profile, so that
    a replay can use the same. `sources` are URLs, `version` is the program's, `speed` the source's.
    """

    bed: str
    mode: Mode
    started: datetime
    profile: str
    profile_toml: str
    sources: tuple[str, ...]
    version: str
    speed: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Session(SessionFacts):
    """One recorded session; `started` is in UTC.

    `last_t` is the `t` of the last thing recorded (0 when there is none). `ended_t` and `end_reason`
    are None while it runs. All `t` are microseconds of the session clock.
    """

    id: int
    uuid: str
    profile_sha256: str
    last_t: int = 0
    ended_t: int | None = None
    end_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A command or an event as the station wrote it: `body` is its canonical JSON text."""

    seq: int
    t: int
    kind: Literal["command", "event"]
    name: str
    actor: str | None
    body: str


@dataclass(frozen=True, slots=True)
class Gap:
    """What was offered and could not be kept: everything from `first` to `last`, both included."""

    first: int
    last: int
    reason: str


class Recorder(Protocol):
    """Keeps one session. Offering never blocks and never touches the disk."""

    @property
    def committed(self) -> int:
        """The highest `seq` known to be durable."""
        ...

    @property
    def lost(self) -> int:
        """How many offers were refused because the queue was full."""
        ...

    def close_interrupted(self) -> list[Session]:
        """Mark sessions that never ended as interrupted and return them; only before `begin` or `resume`."""
        ...

    def begin(self, facts: SessionFacts) -> Session:
        """Start the session, committed before this returns; RecordError if it cannot be."""
        ...

    def resume(self, session: Session) -> Session:
        """Go on with a session that was interrupted, in the place of `begin`; the session as it is now, without an end.

        `committed` is then its highest `seq` so far, and the next offer is above it. RecordError if it ended otherwise.
        """
        ...

    def take(self, seq: int, reading: Reading) -> bool:
        """Offer an input; False when there is no room (a Gap will say so). A Tick is never stored."""
        ...

    def note(self, entry: Entry) -> bool:
        """Offer a command or event; it and everything before it are committed at once."""
        ...

    def check(self) -> None:
        """Look whether writing keeps up; `take` and `note` do, a quiet station does with its tick."""
        ...

    def finish(self, t: int, reason: str) -> None:
        """Write what waits and end the session; RecordError after a bounded wait says what is missing."""
        ...

    def close(self) -> None:
        """Stop writing and let go of the data directory."""
        ...
