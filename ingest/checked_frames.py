"""Frames that carry a checksum, cut out of bytes that come in any pieces.

A frame is known by its form and believed for its checksum. Where two candidates overlap, the one that ends first
counts: so what is found cannot depend on how the stream was cut, and a false beginning never hides a true frame.
Devices may not import each other, therefore this is not one of them.
"""

import re
from collections.abc import Callable

from ingest.stream import Stream


class CheckedFrames(Stream):
    """Frames of the form `form`, `longest` bytes at most, for which `is_good` holds.

    `form` is a lookahead with the frame as its first group, so that candidates may overlap.
    """

    def __init__(self, form: re.Pattern[bytes], longest: int, is_good: Callable[[bytes], bool]) -> None:
        super().__init__()
        self._form = form
        self._longest = longest
        self._is_good = is_good

    def cut(self, data: bytes, now: int) -> list[tuple[bytes, bool]]:
        """The frames `data` completes, each with whether it came directly after another one."""
        there = self._arrived(data, now)
        return self._split(there, old=len(there) - len(data))

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
