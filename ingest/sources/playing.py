"""Which thread plays a source: what is recorded or simulated is played in time, a line is listened to."""

import threading
from collections.abc import Callable, Iterator
from typing import Protocol, runtime_checkable

from ingest.model import Reading
from ingest.sources import Source
from ingest.sources.pacing import Horizon, PacedSource, SessionClock


@runtime_checkable
class Listener(Source, Protocol):
    """A source whose readings come when they come: `listen` waits for them and stamps them with `now`.

    It says how the line is by DeviceStatus, never ends by itself and returns soon after `stopped`.
    """

    def listen(self, now: Callable[[], int], stopped: threading.Event) -> Iterator[Reading]: ...


class Playing(Protocol):
    """A source under way; `horizon` is how far its readings have been put."""

    @property
    def horizon(self) -> Horizon: ...
    def start(self) -> None: ...
    def join(self, timeout: float | None = None) -> None: ...


class ListeningSource:
    """Listens in a thread: `put(reading)` is called as each arrives, until `stopped`.

    Nothing is known to come, so `horizon.t` is always None: the session's clock decides.
    """

    def __init__(
        self,
        source: Listener,
        clock: SessionClock,
        put: Callable[[Reading], object],
        stopped: threading.Event,
    ) -> None:
        self.horizon = Horizon(None)
        self._source = source
        self._clock = clock
        self._put = put
        self._stopped = stopped
        self._thread = threading.Thread(target=self.run, name=f"source {source.name}", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def join(self, timeout: float | None = None) -> None:
        """Wait until it has stopped, or for `timeout` seconds."""
        self._thread.join(timeout)

    def run(self) -> None:
        """What the thread does; returns when `stopped` is set."""
        for reading in self._source.listen(self._clock.now, self._stopped):
            self._put(reading)


def play(
    source: Source,
    clock: SessionClock,
    put: Callable[[Reading], object],
    stopped: threading.Event,
    shift: int = 0,
) -> Playing:
    """The thread for a source, not yet started; `shift` is added to the times of a followed file."""
    if isinstance(source, Listener):
        return ListeningSource(source, clock, put, stopped)
    return PacedSource(source, clock, put, stopped, shift)
