"""What every cutting of frames out of a line begins with: bytes that come in any pieces, and the silence between.

Devices may not import each other, therefore this is not one of them.
"""

from ingest.devices import Counters
from ingest.model import SECOND

GAP = 2 * SECOND
"""A silence after which everything begins anew, as after a cable was plugged in again."""


class Stream:
    """The bytes that wait for the rest of their frame, and whether the last frame came directly before them."""

    def __init__(self, gap: int = GAP) -> None:
        self.counters = Counters()
        self._gap = gap
        self._rest = b""
        self._last = 0
        self._in_step = False

    @property
    def held(self) -> int:
        """Bytes that wait for the rest of their frame."""
        return len(self._rest)

    def _arrived(self, data: bytes, now: int) -> bytes:
        """What lies there with `data`: after a silence nothing but `data`."""
        if now - self._last > self._gap:
            self._discard(self.held)
            self._rest, self._in_step = b"", False
        self._last = now
        self.counters.bytes_in += len(data)
        return self._rest + data

    def _discard(self, count: int) -> None:
        """So many bytes belong to no frame."""
        if count:
            self.counters.bytes_discarded += count
            self.counters.resyncs += self._in_step
            self._in_step = False
