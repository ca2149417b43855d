"""What the engine and the station grow by in a day at 1 Hz, beside keeping every reading as an object.

The engine keeps nothing but its occurrences and shall not grow at all; the station also keeps what the trends show.
"""

import multiprocessing
import time
from collections.abc import Callable, Mapping
from itertools import groupby
from types import MappingProxyType

import psutil

from alerts.engine import Engine
from alerts.model import Phase, SetPhase
from alerts.profiles import load_profile
from alerts.station import Station
from benchmarks import patient
from benchmarks.tables import show
from ingest.model import SECOND, Reading
from ingest.sources.pacing import SessionClock

HOURS = 24
Growth = Callable[[], list[float]]


def resident() -> float:
    """Megabytes of this process in memory."""
    return float(psutil.Process().memory_info().rss) / 1e6


def hours() -> "groupby[int, Reading]":
    """A simulated day, hour by hour."""
    return groupby(patient.sessions(HOURS * 3600), lambda reading: reading.t // (3600 * SECOND))


def of_the_station() -> list[float]:
    """Megabytes after each hour; the station has an hour at once in its inbox, as after a replay."""
    station = Station(Engine(load_profile("iv-ketamine")), SessionClock())
    station.do(SetPhase(0, patient.SOURCE, Phase.INFUSION, "benchmark"))
    station.start()
    sizes = []
    for _, readings in hours():
        last = 0
        for reading in readings:
            station.put(reading)
            last = reading.t
        while station.snapshot.t < last:
            time.sleep(0.01)
        sizes.append(resident())
    return sizes


def of_the_engine() -> list[float]:
    """The same of the rules alone."""
    engine = Engine(load_profile("iv-ketamine"))
    engine.step(SetPhase(0, patient.SOURCE, Phase.INFUSION))
    sizes = []
    for _, readings in hours():
        for reading in readings:
            engine.step(reading)
        sizes.append(resident())
    return sizes


def of_a_list() -> list[float]:
    """The same of a program that keeps what it gets."""
    kept: list[Reading] = []
    sizes = []
    for _, readings in hours():
        kept += readings
        sizes.append(resident())
    return sizes


GROWTHS: Mapping[str, Growth] = MappingProxyType(
    {"the engine": of_the_engine, "the station": of_the_station, "a list of all readings": of_a_list}
)


def main() -> None:
    """Print the table; each is measured in a process that has done nothing else."""
    rows = [("", "after 1 h, MB", f"after {HOURS} h, MB", "growth, kB per hour")]
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for name, growth in GROWTHS.items():
            sizes = pool.apply(growth)
            per_hour = (sizes[-1] - sizes[0]) / (HOURS - 1) * 1000
            rows.append((name, f"{sizes[0]:.1f}", f"{sizes[-1]:.1f}", f"{per_hour:.0f}"))
    show(*rows)


if __name__ == "__main__":
    main()
