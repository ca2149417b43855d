"""A simulated patient: whole sessions made from a scenario and a seed, for demonstration, training and tests.

A session begins with the infusion (t = 0) and goes on for half an hour after it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ingest.model import NIBP, SECOND, DeviceConfiguration, NibpReading, Observation, Reading, Signal
from ingest.sources import Mode, SourceError
from ingest.sources.simulator.course import Course, course
from ingest.sources.simulator.episodes import EPISODES

SCENARIOS: Mapping[str, str] = MappingProxyType({name: episode.summary for name, episode in EPISODES.items()})
"""The scenarios by name, each with one line about it."""


@dataclass(frozen=True, slots=True)
class SimulatedPatient:
    """A source (see ingest.sources) that plays one simulated session."""

    session: Course
    speed: float = 1.0
    name: str = "simulated patient"
    mode: Mode = Mode.SIMULATED
    backlog: int = 0
    rejected: int = 0

    def readings(self) -> Iterator[Reading]:
        """The configuration, then HR and SpO2 each second, and a cuff reading at the second it is completed."""
        yield DeviceConfiguration(0, self.name, NIBP | {Signal.HR, Signal.SPO2})
        cuffs = {cuff.second: cuff for cuff in self.session.cuffs}
        for second, (hr, spo2) in enumerate(zip(self.session.hr, self.session.spo2, strict=True)):
            t = second * SECOND
            yield Observation(t, self.name, Signal.HR, float(hr))
            yield Observation(t, self.name, Signal.SPO2, float(spo2))
            if cuff := cuffs.get(second):
                yield NibpReading(t, self.name, float(cuff.sys), float(cuff.dia), float(cuff.map))

    def notes(self) -> list[str]:
        """Nothing: there is no row that could not be used."""
        return []


def open_scenario(name: str, seed: int = 1, speed: float = 1.0) -> SimulatedPatient:
    """The scenario as a source; the same name and seed give the same readings on every machine.

    Raises SourceError for a scenario that is not known, a negative seed, or a speed that is not above 0.
    """
    if name not in EPISODES:
        raise SourceError(f"simulator: no scenario {name!r}: choose one of {', '.join(EPISODES)}")
    if seed < 0:
        raise SourceError(f"simulator: seed {seed} is negative: give 0 or more")
    if not speed > 0:
        raise SourceError(f"simulator: speed {speed:g} is not possible: give a number above 0")
    return SimulatedPatient(course(EPISODES[name], seed), speed)
