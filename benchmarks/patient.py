"""The patients of the benchmarks: simulated ones for whatever is long ago, and live samples that can be told apart."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count, cycle

from ingest.model import NIBP, SECOND, DeviceConfiguration, NibpReading, Observation, Reading, Signal
from ingest.sources.simulator import SCENARIOS, open_scenario

SOURCE = "benchmark"
CUFF_EVERY = 300
"""Samples from one cuff reading to the next."""

CONFIGURATION = DeviceConfiguration(0, SOURCE, NIBP | {Signal.HR, Signal.SPO2})


def heart_rate(n: int) -> int:
    """The HR of live sample `n`: within 40 samples no two have the same, and none breaks a limit."""
    return 60 + n % 40


def sample(n: int, t: int) -> Iterator[Reading]:
    """What the patient's monitor says at its n-th live sample, taken at `t` (microseconds)."""
    yield Observation(t, SOURCE, Signal.HR, heart_rate(n))
    yield Observation(t, SOURCE, Signal.SPO2, 95 + n % 4)
    if n % CUFF_EVERY == 0:
        yield NibpReading(t, SOURCE, 120 + n // CUFF_EVERY % 10, 75, 90)


def sessions(seconds: int, scenarios: Iterable[str] = SCENARIOS) -> Iterator[Reading]:
    """Simulated sessions one after the other, as one of this length; of all scenarios it has episodes and alarms."""
    yield CONFIGURATION
    start = 0
    for seed, name in zip(count(1), cycle(scenarios)):
        t = start
        for reading in open_scenario(name, seed).readings():
            t = start + reading.t
            if t >= seconds * SECOND:
                return
            if isinstance(reading, Observation | NibpReading):
                yield replace(reading, t=t, source=SOURCE)
        start = t + SECOND
