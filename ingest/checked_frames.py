"""Frames that carry a checksum, cut out of bytes that come in any pieces.

A frame is known by its form and believed for its checksum. Where two candidates overlap, the one that ends first
counts: so what is found cannot depend on how the stream was cut, and a false beginning never hides a true frame.
Devices may not import each other, therefore this is not one of them.
"""

import re
from collections.abc import Callable

from ingest.devices import Counters
from ingest.model import SECOND

GAP = 2 * SECOND
"""A silence after which everything begins anew, as after a cable was plugged in again."""


class CheckedFrames:
    """Frames of the form `form`, `longest` bytes at most, for which `is_good` holds.

    `form` is a lookahead with the frame as its first group, so that candidates may overlap.
    """

    def __init__(self, form: re.Pattern[bytes], longest: int, is_good: Callable[[bytes], bool]) -> None:
        self.counters = Counters()
        self._form = form
        self._longest = longest
        self._is_good = is_good
        self._rest = b""
        self._last = 0
        self._in_step = False

    @property
    def held(self) -> int:
        """Bytes that wait for the rest of their frame."""
        return len(self._rest)

    def cut(self, data: bytes, now: int) -> list[tuple[bytes, bool]]:
        """The frames `data` completes, each with whether it came directly after another one."""
        if now - self._last > GAP:
            self._discard(self.held)
            self._rest, self._in_step = b"", False
        self._last = now
        self.counters.bytes_in += len(data)
        return self._split(self._rest + data, old=len(self._rest))

    def _split(self, data: bytes, old: int) -> list[tuple[bytes, bool]]:
        frames: list[tuple[bytes, bool]] = []
        done = 0
        for end, start in sorted((m.end(1), m.start(1)) for m in self._form.finditer(data) if m.end(1) > old):
            if start < done:
                continue
            if self._is_good(data[start:end]):
                self._discard(start - done)
                frames.append((data[start:end], self._in_step))
                self._in_step = True
                self.counters.bytes_framed += end - start
                done = end
            else:
                self.counters.bad_checksums += 1
        keep = max(done, len(data) - self._longest + 1)
        self._discard(keep - done)
        self._rest = data[keep:]
        self.counters.frames += len(frames)
        return frames

    def _discard(self, count: int) -> None:
        if count:
            self.counters.bytes_discarded += count
            self.counters.resyncs += self._in_step
            self._in_step = False
