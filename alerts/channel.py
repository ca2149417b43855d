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
        self._sources: set[str] = set()
        self.watches: tuple[LimitWatch, ...] = ()
        self.judging: tuple[LimitWatch, ...] = ()
        self.missing: MissingWatch | None = None
        self.stuck: StuckWatch | None = None
        self.interval = 0
        """Declared time between two samples, microseconds."""

    def declare(self, source: str, hold: int, interval: int) -> None:
        """A source says that it will send this signal: the first is listened to, the others stand by."""
        self._sources.add(source)
        self.owner, self.is_expected = self.owner or source, True
        if self.owner == source:
            self.hold, self.interval = hold, interval

    def takes(self, source: str) -> bool:
        """Whether a value of `source` counts; one that stands by takes over when there is none of the other."""
        if self.value is None and source in self._sources:
            self.owner = source
        return self.owner in (None, source)

    def enter(self, is_judged: Callable[[Rule], bool]) -> None:
        """Only these rules judge from now on."""
        self.judging = tuple(watch for watch in self.watches if is_judged(watch.rule))
