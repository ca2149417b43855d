"""What an ear with instruments finds in the samples of a burst: pulses, their flanks, gaps and spectrum.

Knows nothing of how the samples were made. The numbers asked for are those of rules.md section 4.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Wave = NDArray[np.float64]

PULSES = {"high": 10, "medium": 3, "low": 2}
LENGTHS = {"high": (0.075, 0.200), "medium": (0.125, 0.250), "low": (0.125, 0.250)}
WINDOW_S = 1 / 120
"""Longer than a period of any tone in question, shorter than any silence."""


@dataclass(frozen=True)
class Pulse:
    """Where the envelope passes 10 % and 90 % of its highest value, up and down again; seconds."""

    up10: float
    up90: float
    down90: float
    down10: float


def pulses(wave: Wave, rate: int) -> list[Pulse]:
    """Every pulse that rises above 10 % of the highest sample."""
    half = round(WINDOW_S * rate / 2)
    envelope = sliding_window_view(np.pad(np.abs(wave), half), 2 * half + 1).max(axis=1)
    envelope /= envelope.max()
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (envelope > 0.1).astype(int), [0]])))
    found = []
    for start, end in edges.reshape(-1, 2):
        loud = start + np.flatnonzero(envelope[start:end] > 0.9)
        # the window reaches half its width ahead and behind
        marks = np.array([start + half, loud[0] + half, loud[-1] - half, end - half]) / rate
        found.append(Pulse(*map(float, marks)))
    return found


def gaps(found: list[Pulse]) -> list[float]:
    """Silence between pulses, from 10 % to 10 %, seconds."""
    return [b.up10 - a.down10 for a, b in pairwise(found)]


def components(wave: Wave, rate: int, pulse: Pulse) -> list[tuple[float, float]]:
    """The tone inside a pulse: its partials within 15 dB of the strongest, as (Hz, dB below it), lowest first."""
    steady = wave[round(pulse.up90 * rate) : round(pulse.down90 * rate)]
    size = 1 << 17
    level = 20 * np.log10(np.abs(np.fft.rfft(steady * np.hanning(len(steady)), size)) + 1e-12)
    level -= level.max()
    inner = level[1:-1]
    peaks = 1 + np.flatnonzero((inner > level[:-2]) & (inner >= level[2:]) & (inner > -15))
    return [(float(i * rate / size), float(level[i])) for i in peaks]


def check_burst(wave: Wave, rate: int, priority: str) -> None:
    """A burst of this priority is what rules.md section 4 says it is, and is no harm to a loudspeaker."""
    found = pulses(wave, rate)
    assert len(found) == PULSES[priority]
    shortest, longest = LENGTHS[priority]
    for pulse in found:
        for length in (pulse.down90 - pulse.up90, pulse.down10 - pulse.up10):
            assert shortest <= length <= longest
            assert 0.1 <= (pulse.up90 - pulse.up10) / length <= 0.4
        check_tone(components(wave, rate, pulse))
    check_rhythm(gaps(found), priority)
    check_harmless(wave, rate)


def check_tone(partials: list[tuple[float, float]]) -> None:
    """f0 in 150-1000 Hz, and at least four harmonics above it in 300-4000 Hz within 15 dB."""
    f0 = partials[0][0]
    assert 150 <= f0 <= 1000
    assert all(abs(hz / f0 - round(hz / f0)) < 0.02 for hz, _ in partials)
    assert len([hz for hz, _ in partials[1:] if 300 <= hz <= 4000]) >= 4


def check_rhythm(silences: list[float], priority: str) -> None:
    """High: twice 3 + 2, the halves further apart than the groups. The others: even."""
    if priority != "high":
        assert max(silences) - min(silences) < 0.005
        return
    short = [silences[i] for i in (0, 1, 3, 5, 6, 8)]
    between_groups, between_halves = [silences[2], silences[7]], silences[4]
    assert max(short) - min(short) < 0.005
    assert min(between_groups) > 2 * max(short)
    assert between_halves > 2 * max(between_groups)


def check_harmless(wave: Wave, rate: int) -> None:
    """Not clipped, not faint; begins and ends in silence; no click: hardly anything above 8 kHz."""
    assert 0.25 < np.abs(wave).max() < 1
    assert max(abs(wave[0]), abs(wave[-1])) < 0.01
    power = np.abs(np.fft.rfft(wave)) ** 2
    high = power[np.fft.rfftfreq(len(wave), 1 / rate) > 8000].sum()
    assert 10 * np.log10(high / power.sum()) < -60
