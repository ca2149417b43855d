"""A session running: sources on their threads, the station on its own, the recorder behind it."""

import logging
import threading
from collections.abc import Sequence
from typing import Self

from alerts.model import End, Phase, SetPhase
from alerts.station import Station
from ingest.model import DeviceState, DeviceStatus, Reading
from ingest.recorder import Recorder, RecordError
from ingest.sources import Source
from ingest.sources.pacing import SessionClock
from ingest.sources.playing import play

log = logging.getLogger(__name__)

COMMAND_LINE = "command line"
"""Who gave a command that came with the start of the program."""


class RunningSession:
    """Use as a context: entering starts the threads, leaving ends the session and its record in order.

    `clock` is the station's. `phase` None leaves the phase to the inputs (a recorded session sets its
    own). `recorder` has begun its session; None records nothing.
    """

    def __init__(
        self,
        station: Station,
        sources: Sequence[Source],
        clock: SessionClock,
        phase: Phase | None,
        recorder: Recorder | None = None,
    ) -> None:
        self._station = station
        self._sources = sources
        self._recorder = recorder
        self._phase = phase
        self._stopped = threading.Event()
        begin = max(source.backlog for source in sources)
        self._playing = [play(s, clock, self._put, self._stopped, begin - s.backlog) for s in sources]
        self._unended = {source.name for source in sources}
        self._closing = threading.Lock()
        self._is_closed = False
        self._closer = threading.Thread(target=self._close_when_ended, name="closer", daemon=True)

    def __enter__(self) -> Self:
        if self._phase is not None:
            self._station.do(SetPhase(0, COMMAND_LINE, self._phase, COMMAND_LINE))
        horizons = [playing.horizon for playing in self._playing]
        self._station.start(horizons, self._recorder, self._sources)
        for playing in self._playing:
            playing.start()
        self._closer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for playing in self._playing:
            playing.join(timeout=2)
        self._station.stop()
        self._close("stopped")

    def _put(self, reading: Reading) -> None:
        """Hand a reading on; the end of the last recording is the end of the session, at that very instant.

        The source's horizon still stands at its last reading, so that no time passes in between. A
        live source never says ENDED, so a session with one goes on until people end it.
        """
        self._station.put(reading)
        if isinstance(reading, DeviceStatus) and reading.state is DeviceState.ENDED:
            with self._closing:
                self._unended.discard(reading.source)
            if not self._unended:
                self._station.put(End(reading.t))

    def _close_when_ended(self) -> None:
        self._station.wait_ended()
        self._close("stopped" if self._stopped.is_set() else "source ended")

    def _close(self, reason: str) -> None:
        """End the record once; what could not be written is said, and is tried again when we leave."""
        with self._closing:
            if self._recorder is None or self._is_closed:
                return
            try:
                self._recorder.finish(self._station.snapshot.t, reason)
                self._is_closed = True
            except RecordError as error:
                log.error("%s", error)
