"""Alarm sounds as numbers and samples, after IEC 60601-1-8 (rules.md section 4): the one table of both channels.

The station plays `burst`; browsers are sent `for_browsers` and make the same pulses themselves. Pure.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from alerts.model import Priority

Samples = NDArray[np.float32]
"""Mono, RATE a second, -1 to 1."""

RATE = 48_000
"""Samples a second: what the sound hardware of today runs at, so that nothing is resampled."""


@dataclass(frozen=True, slots=True)
class Tone:
    """One priority's burst. Times are seconds; `gaps` lie between the end of a pulse and the start of the next.

    `pitch` is f0 (Hz); `every` runs from the start of a burst to the start of the next.
    """

    pitch: float
    pulse: float
    gaps: tuple[float, ...]
    every: float

    @property
    def length(self) -> float:
        """Seconds from the first sound to the last."""
        return self.pulse * (len(self.gaps) + 1) + sum(self.gaps)


# Numbers of pulses, `every`, and the ranges of pulse, rise and pitch: rules.md section 4. Inside them it is our choice
# (D): pitch climbs with priority; pulses are long enough however measured, to 10 % or to 90 % of their height. Gaps are
# as monitors have them (M, between 90 % marks): 50-125 ms in a high burst, where the rhythm 3 + 2 leaves a pulse out
# (0.26 = 2 x 0.06 + 0.14) and 0.35-1.3 s part the halves; 125-250 ms in a medium or low one.
_FIVE = (0.06, 0.06, 0.26, 0.06)

TONES: Mapping[Priority, Tone] = MappingProxyType(
    {
        Priority.HIGH: Tone(pitch=740, pulse=0.14, gaps=(*_FIVE, 0.7, *_FIVE), every=10),
        Priority.MEDIUM: Tone(pitch=560, pulse=0.2, gaps=(0.14, 0.14), every=25),
        Priority.LOW: Tone(pitch=440, pulse=0.2, gaps=(0.14,), every=30),
    }
)
RISE = 0.15
"""Of the pulse, at its start and its end (rules.md: 10-40 %)."""
HARMONICS = (1, 0.8, 0.7, 0.55, 0.45, 0.3)
"""Amplitudes at f0, 2 f0 ...: at least four beside f0 lie in 300-4000 Hz, all within 11 dB (rules.md: 15 dB)."""
LEVEL = 0.8
"""Highest sample: near what the output can give, so that the machine's own volume decides (D)."""

BEAT_S = 0.06
BEAT_LEVEL = 0.2
"""The pulse tone: too short and soft to be taken for an alarm (D)."""


@lru_cache
def burst(priority: Priority) -> Samples:
    """The samples of one burst; none for INFORMATION, whose sound is silence."""
    tone = TONES.get(priority)
    if tone is None:
        return _frozen(np.zeros(0))
    pulse = _pulse(tone.pitch, tone.pulse, HARMONICS) * LEVEL
    parts = [pulse]
    for gap in tone.gaps:
        parts += [np.zeros(round(gap * RATE)), pulse]
    return _frozen(np.concatenate(parts))


def for_browsers() -> str:
    """The same table as JSON, for assets/sound.js."""
    tones = {priority.word: asdict(tone) for priority, tone in TONES.items()}
    return json.dumps({"tones": tones, "rise": RISE, "harmonics": HARMONICS, "level": LEVEL})


def pulse_pitch(spo2: float) -> float:
    """The pitch (Hz) of the pulse tone at `spo2` %: 880 at 100, a quarter tone lower for each percent below.

    Equal ratios, because equal steps in Hz are not heard as equal, and small because makers agree on no scale
    (Santamore 2004); the size of the step is ours (D). From 50 % down it stays at 208.
    """
    return float(880 * 2 ** ((min(100, max(50, spo2)) - 100) / 24))


@lru_cache
def beat(spo2: int) -> Samples:
    """The samples of one pulse tone."""
    return _frozen(_pulse(pulse_pitch(spo2), BEAT_S, (1,)) * BEAT_LEVEL)


def _pulse(pitch: float, length: float, harmonics: tuple[float, ...]) -> NDArray[np.float64]:
    """A tone of `length` seconds with straight flanks and a highest value of 1."""
    t = np.arange(round(length * RATE)) / RATE
    wave = sum(level * np.sin(2 * np.pi * k * pitch * t) for k, level in enumerate(harmonics, 1))
    flanks = np.minimum(t, length - t) / (RISE * length)
    shaped = wave * np.minimum(flanks, 1)
    return np.asarray(shaped / np.abs(shaped).max())


def _frozen(samples: NDArray[np.float64]) -> Samples:
    """The cache gives everybody the same array."""
    result = samples.astype(np.float32)
    result.flags.writeable = False
    return result
