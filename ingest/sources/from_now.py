"""A live table once more, in a session that goes on: only what comes from now on, in that session's time."""

from collections.abc import Iterator
from dataclasses import replace

from ingest.model import DeviceConfiguration, Reading
from ingest.sources import Source


class FromNow:
    """The table `source`, opened when the session stood at `at` microseconds.

    What lay in a file then is passed over: it was recorded before, or nobody watched when it was written.
    """

    def __init__(self, source: Source, at: int) -> None:
        self.name = source.name
        self.mode = source.mode
        self.speed = source.speed
        self.backlog = at
        self._source = source
        self._shift = at - source.backlog
        self._passed_over = 0

    @property
    def rejected(self) -> int:
        """Rows that could not be used, of those passed over too."""
        return self._source.rejected

    def readings(self) -> Iterator[Reading | None]:
        """The configuration, then what comes; None: nothing at the moment."""
        is_old = self._source.backlog > 0  # a pipe has nothing lying there, and never says that it has nothing
        for reading in self._source.readings():
            if reading is None:
                is_old = False
                yield None
            elif is_old and not isinstance(reading, DeviceConfiguration):
                self._passed_over += 1
            else:
                yield replace(reading, t=max(self.backlog, reading.t + self._shift))

    def notes(self) -> list[str]:
        """Remarks for people."""
        notes = self._source.notes()
        if self._passed_over:
            notes.append(f"{self._passed_over} readings lay there at the start: passed over")
        return notes
