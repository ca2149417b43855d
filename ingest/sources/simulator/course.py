"""The course of one simulated session, second by second: drug, episode and noise added up and rounded.

The same seed gives the same numbers everywhere: noise comes from the raw integers of PCG64, which numpy guarantees
never to change (the methods of Generator carry no such promise), and every value is rounded to a whole number, as a
device gives it, so the last bit of a platform's exp() does not show.

Changes per ng/mL at the effect site are calibrated to the published mean: +16/+11 mmHg and +4 bpm at 40 min (Yale
2024; Vankawala 2021). Sizes of the noise are our choice: HR SD about 2.5 bpm, SpO2 0.5 %, a repeated cuff 4 mmHg.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ingest.sources.simulator.episodes import Episode
from ingest.sources.simulator.kinetics import Floats, effect_site

DURATION = 70 * 60
"""Seconds in a session: 40 min of infusion and half an hour after it."""

_CUFF_START, _CUFF_INTERVAL = 20, 300  # s
_REPEAT_AFTER = 45  # s from a reading to the start of its repeat: somebody looks, and presses the button


@dataclass(frozen=True, slots=True)
class Cuff:
    """One completed measurement at a second of the session, in mmHg."""

    second: int
    sys: int
    dia: int

    @property
    def map(self) -> int:
        """Mean pressure: a little above a third of the way up, as oscillometric cuffs find it."""
        return round(self.dia + 0.37 * (self.sys - self.dia))

    @property
    def asks_for_repeat(self) -> bool:
        """Whether somebody at the bedside measures again at once (rules.md, BP-3)."""
        return self.sys >= 180 or self.dia >= 110


@dataclass(frozen=True, slots=True)
class Course:
    """HR (bpm) and SpO2 (%) at each second from 0, and the cuff measurements in order."""

    hr: list[int]
    spo2: list[int]
    cuffs: list[Cuff]


def course(episode: Episode, seed: int) -> Course:
    """A session with this episode; the seed, not negative, makes it one patient among many."""
    bits = np.random.PCG64(seed)
    seconds = np.arange(DURATION, dtype=np.float64)
    drug = effect_site(seconds / 60)
    there = episode.presence(seconds)
    hr = 70 + 0.019 * drug + episode.hr * there + _heart_variability(bits, seconds)
    spo2 = np.clip(97.4 + 0.5 * _wander(bits, 60), 96, 99) + episode.spo2 * there
    sys = 124 + 0.074 * drug + episode.sys * there + 4 * _white(bits, DURATION)
    dia = 76 + 0.051 * drug + episode.dia * there + 3 * _white(bits, DURATION)
    return Course(_whole(hr), _whole(spo2), list(_cuffs(lambda at: (round(sys[at]), round(dia[at])))))


def _cuffs(pressure: Callable[[int], tuple[int, int]]) -> Iterator[Cuff]:
    """Every 5 min, and once more soon after the first of a run of readings that asks for a repeat."""
    high = False
    for start in range(_CUFF_START, DURATION - 60, _CUFF_INTERVAL):
        cuff = _measured(start, pressure)
        yield cuff
        if cuff.asks_for_repeat and not high:
            yield _measured(cuff.second + _REPEAT_AFTER, pressure)
        high = cuff.asks_for_repeat


def _measured(start: int, pressure: Callable[[int], tuple[int, int]]) -> Cuff:
    sys, dia = pressure(start)
    return Cuff(start + 25 + sys // 10, sys, dia)  # the higher the pressure, the longer the cuff deflates


def _heart_variability(bits: np.random.PCG64, seconds: Floats) -> Floats:
    """Breathing (about 13 a minute, a little irregular), waves of half a minute, and slow drift; bpm."""
    breathing = np.sin(2 * np.pi * seconds / 4.6 + 2 * _wander(bits, 60))
    return 0.6 * breathing + 1.2 * _wander(bits, 30) + 1.8 * _wander(bits, 400)


def _wander(bits: np.random.PCG64, width: int) -> Floats:
    """Smooth noise over the session, mean 0 and SD 1, with no detail finer than about half of `width` seconds."""
    window = np.hanning(width)
    return np.convolve(_white(bits, DURATION + width - 1), window / np.sqrt((window**2).sum()), "valid")


def _white(bits: np.random.PCG64, count: int) -> Floats:
    """Independent noise, mean 0 and SD 1: four uniform numbers summed, so never beyond 3.5."""
    uniform = (bits.random_raw((4, count)) >> np.uint64(11)) * 2.0**-53
    return np.asarray((uniform.sum(axis=0) - 2) * np.sqrt(3), dtype=np.float64)


def _whole(values: Floats) -> list[int]:
    return [round(value) for value in values.tolist()]
