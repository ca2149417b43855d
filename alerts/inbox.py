"""What lies in the station's inbox, and the two clocks that say how far time has gone."""

from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from alerts.model import Command, Input


class Clock(Protocol):
    """The session's clock, microseconds."""

    def now(self) -> int: ...


class Horizon(Protocol):
    """How far a source has come: everything before `t` is in the inbox; None: the clock decides."""

    @property
    def t(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Trouble:
    """The recorder cannot write, and why; None: it can again."""

    message: str | None


Item = Input | tuple[Command, Future[str]] | Trouble | None
"""What lies in the inbox; None only wakes the station."""
