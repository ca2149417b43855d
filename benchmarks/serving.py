"""A screen in a process of its own, as in life: a station with a past, a patient at 1 Hz, a web server."""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from multiprocessing.connection import Connection
from threading import Thread

from starlette.types import ASGIApp

from alerts.engine import Engine
from alerts.model import Phase, SetPhase
from alerts.profiles import load_profile
from alerts.station import Station
from benchmarks import patient
from dashboard import web
from dashboard.feed import Session
from ingest.model import SECOND
from ingest.sources import Mode
from ingest.sources.pacing import SessionClock

PERIOD = 1.0382
"""Seconds between two samples: they meet all phases of whatever else happens each second, evenly (the golden ratio)."""

Build = Callable[[Station, Session, tuple[str, ...], int], ASGIApp]
Arrival = tuple[str, float]
"""The heart rate of a sample as the screen writes it, and when it entered the station (CLOCK_MONOTONIC, seconds)."""


@dataclass(frozen=True, slots=True)
class Served:
    """A page that is being served, by process `pid`."""

    port: int
    pid: int
    _arrivals: "Connection[None, Arrival]"

    def arrivals(self) -> list[Arrival]:
        """The samples that have entered the station since this was asked last."""
        said = []
        while self._arrivals.poll():
            said.append(self._arrivals.recv())
        return said


@contextmanager
def serving(build: Build, history_s: int) -> Iterator[Served]:
    """Serve what `build` makes, with so many seconds of history, in a process that ends with the context."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(build, history_s, there), daemon=True)
    process.start()
    try:
        yield Served(here.recv(), process.pid or 0, here)
    finally:
        process.terminate()
        process.join(10)


def _serve(build: Build, history_s: int, pipe: "Connection[int | Arrival, None]") -> None:
    profile = load_profile("iv-ketamine")
    clock = SessionClock(offset=history_s * SECOND)
    station = Station(Engine(profile), clock)
    _live_through(station, history_s)
    session = Session("Bench", Mode.SIMULATED, profile, datetime.now(UTC) - timedelta(seconds=history_s))
    with web.bind("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        asgi = build(station, session, web.LOOPBACK, port)
        pipe.send(port)
        Thread(target=_feed, args=(station, clock, history_s, pipe), daemon=True).start()
        web.serve(asgi, listener)


def _live_through(station: Station, history_s: int) -> None:
    """Two hours in a second: all is in the inbox before the station looks at its clock for the first time."""
    station.do(SetPhase(0, patient.SOURCE, Phase.INFUSION, "benchmark"))
    for reading in patient.sessions(history_s, ["uneventful"]):
        station.put(reading)
    station.start()
    while station.snapshot.t < history_s * SECOND:
        time.sleep(0.01)


def _feed(station: Station, clock: SessionClock, first: int, pipe: "Connection[int | Arrival, None]") -> None:
    begin = time.monotonic()
    for n in count(first):
        time.sleep(max(0.0, begin + (n - first) * PERIOD - time.monotonic()))
        at = time.monotonic()
        for reading in patient.sample(n, clock.now()):
            station.put(reading)
        pipe.send((str(patient.heart_rate(n)), at))
