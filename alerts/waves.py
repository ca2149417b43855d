"""The last seconds of every wave, for screens: each stretch has a running number, and says whether it joins on.

A wave is not part of the snapshot: that is taken anew at every change and must stay small, and only the newest counts;
of a wave every stretch counts, and one that came too late for a screen is better left out than caught up on.
"""

from dataclasses import dataclass

from ingest.model import SECOND, Waveform

KEPT = 15 * SECOND
"""How far back a screen that has just come can look: more than the widest screen shows."""

MOST = 1024
"""Stretches; a disturbed line cuts a wave into short ones."""

JOIN = 3 * SECOND // 10
"""A stretch that begins no further than this from the end of the one before joins on.

Decoders time a stretch by the arrival of its last byte, and adapters hand on what they have every few hundredths of a
second, over the air every tenth or two.
"""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of a wave; `n` counts all stretches of the session from 1. `joins`: no samples are missing before it."""

    n: int
    wave: Waveform
    joins: bool


class Waves:
    """Written by the station's thread; read by any, because what is there is replaced and never changed."""

    def __init__(self) -> None:
        self._stretches: tuple[Stretch, ...] = ()

    def add(self, wave: Waveform) -> None:
        """The next stretch, of any source and signal. One without samples or rate is none."""
        if not wave.values or wave.fs <= 0:
            return
        before = self._stretches
        last = next(
            (s.wave for s in reversed(before) if (s.wave.source, s.wave.signal) == (wave.source, wave.signal)), None
        )
        kept = [s for s in before[1 - MOST :] if s.wave.t > wave.t - KEPT]
        self._stretches = (
            *kept,
            Stretch(before[-1].n + 1 if before else 1, wave, last is not None and _joins(last, wave)),
        )

    def since(self, n: int) -> tuple[Stretch, ...]:
        """What is kept of the stretches after number `n`, oldest first."""
        return tuple(s for s in self._stretches if s.n > n)


def _joins(last: Waveform, wave: Waveform) -> bool:
    end = last.t + round(len(last.values) / last.fs * SECOND)
    return last.fs == wave.fs and abs(wave.t - end) <= JOIN
