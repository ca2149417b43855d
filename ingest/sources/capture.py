"""A file of a device's raw bytes, decoded and played.

Such a file holds no times. Its bytes are taken to have come one after the other at the speed of the line, baud / 10
bytes a second; a device that pauses between its frames is played faster than it was.
"""

from collections.abc import Iterator
from pathlib import Path

from ingest.devices import Counters, Decoder, Line
from ingest.model import SECOND, DeviceConfiguration, RawBytes, Reading
from ingest.sources import Mode, SourceError

_PIECES = 20
"""A second of the line is decoded in so many pieces: what is read together has one time."""


class CaptureSource:
    """The bytes of `path` as if they came over `line` (None: as the decoder says), `speed` times as fast.

    SourceError when the file cannot be read.
    """

    mode = Mode.REPLAY
    backlog = 0

    def __init__(
        self, path: str, decoder_type: type[Decoder], name: str, line: Line | None = None, speed: float = 1.0
    ) -> None:
        self.name = name
        self.speed = speed
        self._path = path
        self._line = line or decoder_type.LINES[0]
        self._decoder_type = decoder_type
        self._decoder = decoder_type(name)
        try:
            with Path(path).open("rb"):
                pass
        except (OSError, ValueError) as error:
            raise self._unreadable(error) from None

    @property
    def counters(self) -> Counters:
        """What the decoder has seen so far."""
        return self._decoder.counters

    @property
    def rejected(self) -> int:
        """Frames with a bad checksum."""
        return self.counters.bad_checksums

    def readings(self) -> Iterator[Reading | None]:
        """Every piece of the file and what it says, at the time its last byte came."""
        yield DeviceConfiguration(0, self.name, self._decoder_type.SIGNALS, self._decoder_type.INTERVAL)
        came = 0
        try:
            with Path(self._path).open("rb") as file:
                while piece := file.read(max(1, self._line.baud // 10 // _PIECES)):
                    came += len(piece)
                    t = came * 10 * SECOND // self._line.baud
                    yield RawBytes(t, self.name, piece)
                    yield from self._decoder.feed(piece, t)
        except OSError as error:
            raise self._unreadable(error) from None

    def notes(self) -> list[str]:
        """Remarks for people so far."""
        notes = [f"no times in a raw file: played at {self._line.baud // 10} bytes a second, the speed of the line"]
        if self.counters.bytes_discarded:
            notes.append(f"{self.counters.bytes_discarded} of {self.counters.bytes_in} bytes were not understood")
        return notes

    def _unreadable(self, error: Exception) -> SourceError:
        return SourceError(f"{self._path}: cannot be read: {getattr(error, 'strerror', None) or error}")
