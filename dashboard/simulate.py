"""`dripwatch simulate`: a scenario as a CSV file, or as a device that is not there, on a pseudo-terminal."""

import os
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ingest.drivers import EMULATORS
from ingest.emulators import Emulator, Vitals
from ingest.model import NibpReading, Observation, Reading, Signal
from ingest.sources import SourceError
from ingest.sources.pacing import PacedSource, SessionClock
from ingest.sources.simulator import open_scenario
from ingest.sources.simulator.table import csv_table

TURN_S = 0.01
"""How often the emulated device gets to speak, seconds."""


def simulate(scenario: str, seed: int, speed: float, out: str | None, device: str | None) -> int:
    """Write the scenario as CSV, or play it as `device`; returns the exit status."""
    if device is None:
        table = csv_table(open_scenario(scenario, seed).readings())
        if out is None:
            sys.stdout.write(table)
        else:
            Path(out).write_text(table, encoding="utf-8", newline="\n")
        return 0
    if device not in EMULATORS:
        raise SourceError(f"simulate: no emulator of {device!r}: choose one of {', '.join(sorted(EMULATORS))}")
    if not hasattr(os, "openpty"):
        raise SourceError("simulate: this system has no pseudo-terminals: use --out and csv:")
    _play(scenario, seed, speed, device)
    return 0


def _play(scenario: str, seed: int, speed: float, device: str) -> None:
    emulator, stopped = EMULATORS[device](), threading.Event()

    def measure(reading: Reading) -> None:
        emulator.vitals = following(emulator.vitals, reading)

    patient = PacedSource(open_scenario(scenario, seed, speed), SessionClock(speed), measure, stopped)
    with suppress(KeyboardInterrupt):
        patient.start()
        _speak(emulator, device, stopped)
    stopped.set()
    patient.join(timeout=2)


def _speak(emulator: Emulator, device: str, stopped: threading.Event) -> None:
    """Until Ctrl-C. What nobody reads is lost, as on a line that goes nowhere."""
    import tty

    ours, theirs = os.openpty()
    tty.setraw(theirs)
    os.set_blocking(ours, False)
    port = os.ttyname(theirs)
    print(f"{device} is at {port}: dripwatch run --source 'serial:{port}?device={device}'", flush=True)
    clock = SessionClock()
    while not stopped.wait(TURN_S):
        with suppress(BlockingIOError):
            emulator.hear(os.read(ours, 4096), clock.now())
        if data := emulator.say(clock.now()):
            with suppress(BlockingIOError):
                os.write(ours, data)


def following(vitals: Vitals, reading: Reading) -> Vitals:
    """What a device on this patient would measure after `reading`."""
    match reading:
        case Observation(signal=Signal.HR | Signal.PR, value=value):
            return replace(vitals, pr=value)
        case Observation(signal=Signal.SPO2, value=value):
            return replace(vitals, spo2=value)
        case NibpReading(sys=sys_, dia=dia, map=map_):
            return replace(vitals, sys=sys_, dia=dia, map=map_)
        case _:
            return vitals
