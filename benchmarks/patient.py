"""The patients of the benchmarks: one whose samples can be told apart, one whose alarms go off."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count, cycle

from ingest.model import NIBP, SECOND, DeviceConfiguration, NibpReading, Observation, Reading, Signal
from ingest.sources.simulator import SCENARIOS, open_scenario

SOURCE = "benchmark"
CUFF_EVERY = 300
"""Samples from one cuff reading to the next."""

CONFIGURATION = DeviceConfiguration(0, SOURCE, NIBP | {Signal.HR, Signal.SPO2})


def heart_rate(n: int) -> int:
    """The HR of sample `n`: within 40 samples no two have the same, and none breaks a limit."""
    return 60 + n % 40


def sample(n: int, t: int) -> Iterator[Reading]:
    """What the patient's monitor says at its n-th sample, taken at `t` (microseconds)."""
    yield Observation(t, SOURCE, Signal.HR, heart_rate(n))
    yield Observation(t, SOURCE, Signal.SPO2, 95 + n % 4)
    if n % CUFF_EVERY == 0:
        yield NibpReading(t, SOURCE, 120 + n // CUFF_EVERY % 10, 75, 90)


def sessions(seconds: int) -> Iterator[Reading]:
    """Simulated sessions of all scenarios one after the other, as one of this length: episodes, alarms, repeats."""
    yield CONFIGURATION
    start = 0
    for seed, name in zip(count(1), cycle(SCENARIOS)):
        t = start
        for reading in open_scenario(name, seed).readings():
            t = start + reading.t
            if t >= seconds * SECOND:
                return
            if not isinstance(reading, DeviceConfiguration):
                yield replace(reading, t=t, source=SOURCE)
        start = t + SECOND
