"""A continuous signal in the engine: its held value, and the rules that look at it."""

from collections.abc import Callable

from alerts.limits import LimitWatch
from alerts.rules import Rule
from alerts.stuck import StuckWatch
from alerts.technical import MissingWatch
from ingest.model import Signal


class Channel:
    """One continuous signal: its held value, and who looks at it."""

    def __init__(self, signal: Signal, hold: int, timer: int) -> None:
        self.signal = signal
        self.hold = hold
        self.timer = timer
        self.value: float | None = None
        self.last: int | None = None
        self.since: int | None = None
        self.is_expected = False
        self.owner: str | None = None
        self._sources: dict[str, tuple[int, int]] = {}
        self.is_missing = False
        """Whether a hold is over, or the first value is overdue."""
        self.watches: tuple[LimitWatch, ...] = ()
        self.judging: tuple[LimitWatch, ...] = ()
        self.missing: MissingWatch | None = None
        self.stuck: StuckWatch | None = None
        self.interval = 0
        """Declared time between two samples, microseconds."""

    def declare(self, source: str, hold: int, interval: int) -> None:
        """A source says that it will send this signal: the first is listened to, the others stand by."""
        self._sources[source] = hold, interval
        self.is_expected = True
        self.listen_to(self.owner or source)

    def listen_to(self, source: str) -> None:
        """The values of `source` count from now on, held as long as it declared."""
        self.owner = source
        self.hold, self.interval = self._sources[source]

    def can_take_over(self, source: str) -> bool:
        """Whether a source that stands by may speak: nothing is held of the one that was listened to."""
        return self.is_missing and source in self._sources

    def enter(self, is_judged: Callable[[Rule], bool]) -> None:
        """Only these rules judge from now on."""
        self.judging = tuple(watch for watch in self.watches if is_judged(watch.rule))
