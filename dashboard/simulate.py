"""`dripwatch simulate`: a scenario as a CSV file, or as devices that are not there, on pseudo-terminals."""

import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from dashboard.emulated import Bed, Keyboard, Port
from ingest.drivers import EMULATORS
from ingest.emulators import Vitals
from ingest.emulators.faults import FaultError, FaultyDevice
from ingest.emulators.orders import Plan
from ingest.model import NibpReading, Observation, Reading, Signal
from ingest.sources import SourceError
from ingest.sources.pacing import PacedSource, SessionClock
from ingest.sources.simulator import open_scenario
from ingest.sources.simulator.table import csv_table


def simulate(
    scenario: str, seed: int, speed: float, out: str | None, ptys: Sequence[str], faults: Sequence[str]
) -> int:
    """Write the scenario as CSV, or play the devices `DEVICE[=LINK]` on this one patient; returns the exit status."""
    if ptys:
        if out is not None:
            raise SourceError("simulate: --out writes a CSV file and --pty plays a device: give one of them")
        _play(scenario, seed, speed, ptys, faults)
        return 0
    if faults:
        raise SourceError("simulate: --fault is for a device: add --pty DEVICE")
    table = csv_table(open_scenario(scenario, seed).readings())
    if out is None:
        sys.stdout.write(table)
    else:
        Path(out).write_text(table, encoding="utf-8", newline="\n")
    return 0


def _play(scenario: str, seed: int, speed: float, ptys: Sequence[str], faults: Sequence[str]) -> None:
    if not hasattr(os, "openpty"):
        raise SourceError("simulate: this system has no pseudo-terminals: use --out and csv:")
    devices = _devices(ptys, seed)
    try:
        plan = Plan(faults, [device for device, _ in devices])
    except FaultError as error:
        raise SourceError(f"simulate: --fault: {error}") from None

    def measure(reading: Reading) -> None:
        for device, _ in devices:
            device.patient = following(device.patient, reading)

    clock, stopped = SessionClock(speed), threading.Event()
    patient = PacedSource(open_scenario(scenario, seed, speed), clock, measure, stopped)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    patient.start()
    try:
        with suppress(KeyboardInterrupt):
            Bed(devices, plan, clock).play(Keyboard().lines, stopped)
    finally:
        stopped.set()
        patient.join(timeout=2)


def _devices(ptys: Sequence[str], seed: int) -> list[tuple[FaultyDevice, Port]]:
    """The devices and ports that `DEVICE[=LINK]` name; SourceError for one that is not there, or is twice."""
    named = [(name, Path(link).absolute() if link else None) for name, _, link in (pty.partition("=") for pty in ptys)]
    for name, link in named:
        if name not in EMULATORS:
            raise SourceError(f"simulate: no emulator of {name!r}: choose one of {', '.join(sorted(EMULATORS))}")
        if sum(other == name for other, _ in named) > 1:
            raise SourceError(f"simulate: {name} is given twice: one of each")
        if link is not None and sum(other == link for _, other in named) > 1:
            raise SourceError(f"simulate: {link} cannot lead to two devices")
    return [(FaultyDevice(name, seed), Port(link)) for name, link in named]


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
