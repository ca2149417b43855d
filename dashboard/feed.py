"""What a screen needs of a station, and no more: the seam between alarms and pixels."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from alerts.history import History
from alerts.model import Command
from alerts.receipts import Receipt
from alerts.rules import Profile
from alerts.snapshot import Snapshot
from alerts.waves import Stretch
from ingest.sources import Mode


class Feed(Protocol):
    """One session as screens see it. Times are microseconds of the session clock."""

    @property
    def snapshot(self) -> Snapshot: ...
    def now(self) -> int: ...
    def history(self) -> History: ...
    def waves(self, after: int) -> tuple[Stretch, ...]: ...
    def subscribe(self, wake: Callable[[], None]) -> Callable[[], None]: ...
    def do(self, command: Command) -> Future[str]: ...


class ExplainingFeed(Feed, Protocol):
    """A feed that can also say why there was an alarm; LookupError when there was none."""

    def receipt(self, occurrence: int) -> Receipt: ...


@dataclass(frozen=True, slots=True)
class Session:
    """What does not change while a session runs.

    `started` is the wall-clock time of t = 0 (aware); `speed` session seconds per real second;
    `is_recorded` False for a replay, which writes nothing.
    """

    bed: str
    mode: Mode
    profile: Profile
    started: datetime
    speed: float = 1.0
    is_recorded: bool = True
