"""What goes wrong in a scenario: one change that builds up, stays and passes."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from ingest.sources.simulator.kinetics import Floats


@dataclass(frozen=True, slots=True)
class Episode:
    """A trapezoid over the session: nothing until `start`, whole from `full` to `fading`, over at `over` (seconds).

    `sys` and `dia` (mmHg), `hr` (bpm) and `spo2` (%) are what it adds while it is whole.
    """

    summary: str
    start: int = 0
    full: int = 1
    fading: int = 2
    over: int = 3
    sys: float = 0.0
    dia: float = 0.0
    hr: float = 0.0
    spo2: float = 0.0

    def presence(self, seconds: Floats) -> Floats:
        """How much of it is there at these seconds: 0 to 1."""
        return np.interp(seconds, [self.start, self.full, self.fading, self.over], [0.0, 1.0, 1.0, 0.0])


EPISODES: Mapping[str, Episode] = MappingProxyType(
    {
        "uneventful": Episode("an ordinary session: blood pressure rises by about 16/11 mmHg and falls back"),
        "hypertensive-surge": Episode(
            "systolic pressure past 180 at about minute 30, confirmed by a repeat, back by minute 55",
            *(20 * 60, 30 * 60, 35 * 60, 54 * 60),
            sys=50.0,
            dia=18.0,
            hr=12.0,
        ),
        "desaturation": Episode(
            "SpO2 falls by 0.5 % a second from 97 to 82 at minute 12, stays a minute and recovers; the pulse is steady",
            *(720, 748, 810, 832),
            spo2=-15.0,
        ),
    }
)
