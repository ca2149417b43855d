"""An oximeter and a cuff whose cables change places while everything runs, and change back (H12)."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from alerts.model import Phase
from alerts.session import RunningSession
from alerts.snapshot import Snapshot
from dashboard.emulated import Port
from ingest.drivers import DEVICES, EMULATORS
from ingest.emulators import Vitals
from ingest.model import NibpReading, Observation, Reading, Signal
from ingest.sources.pacing import SessionClock
from ingest.sources.serial_port import SerialSource
from tests.flow.test_ports import Bedside

pytestmark = [pytest.mark.flow, pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals")]

TURN_S = 0.01
SPEED = 60
"""The cuff's time runs so fast: a measurement takes 0.6 s."""


class Noted(SerialSource):
    """A source whose readings are kept."""

    def __init__(self, port: Path, device: str) -> None:
        super().__init__(str(port), DEVICES[device], port.name)
        self.said: list[Reading] = []

    def listen(self, now: Callable[[], int], stopped: threading.Event) -> Iterator[Reading]:
        for reading in super().listen(now, stopped):
            self.said.append(reading)
            yield reading

    def numbers(self) -> set[tuple[object, ...]]:
        """All it ever said, and its name with each."""
        found: set[tuple[object, ...]] = set()
        for reading in self.said:
            match reading:
                case Observation(source=source, signal=signal, value=value) if value is not None:
                    found.add((source, signal, value))
                case NibpReading(source=source, sys=sys_, dia=dia) if sys_ is not None:
                    found.add((source, sys_, dia))
        return found


class Places:
    """Two ports by their stable names, and which device is on which."""

    def __init__(self, folder: Path, oximeter: str, cuff: str) -> None:
        self.oximeter, self.cuff = EMULATORS[oximeter](), EMULATORS[cuff]()
        self._ports = [Port(folder / "oximeter"), Port(folder / "cuff")]
        self._devices = [self.oximeter, self.cuff]
        self._moving = threading.Lock()
        self._stopped = threading.Event()

    @contextmanager
    def living(self) -> Iterator[None]:
        """The devices speak and listen all the time."""
        self._plug()
        thread = threading.Thread(target=self._live, daemon=True)
        thread.start()
        yield
        self._stopped.set()
        thread.join()
        self._unplug()

    def measure(self, pr: float, sys: float) -> None:
        """From now on."""
        with self._moving:
            self._set(pr, sys)

    def swap(self, pr: float, sys: float) -> None:
        """Each device gets the other's port, and measures this from the moment it is there."""
        with self._moving:
            self._unplug()
            self._devices.reverse()
            self._set(pr, sys)
            self._plug()

    def _set(self, pr: float, sys: float) -> None:
        self.oximeter.vitals = replace(Vitals(), pr=pr, spo2=94)
        self.cuff.vitals = replace(Vitals(), sys=sys, dia=80, map=90)

    def _live(self) -> None:
        clock, fast = SessionClock(), SessionClock(SPEED)
        while not self._stopped.wait(TURN_S):
            with self._moving:
                for device, port in zip(self._devices, self._ports, strict=True):
                    now = (fast if device is self.cuff else clock).now()
                    device.hear(port.read(), now)
                    port.write(device.say(now))

    def _plug(self) -> None:
        for port in self._ports:
            port.plug()

    def _unplug(self) -> None:
        for port in self._ports:
            port.unplug()


def are_open(shot: Snapshot) -> bool:
    return len(shot.devices) == 2 and all("is open" in device.detail for device in shot.devices)


def has_rate(shot: Snapshot, pr: float) -> bool:
    return Signal.PR in shot.samples and shot.samples[Signal.PR].value == pr


@pytest.mark.parametrize(("oximeter", "cuff"), [("contec-v7", "suntech-nibp"), ("berry-bci", "par-nibp")])
def test_no_number_comes_from_a_device_in_the_place_of_another(tmp_path: Path, oximeter: str, cuff: str) -> None:
    bed, places = Bedside(SessionClock()), Places(tmp_path, oximeter, cuff)
    places.measure(pr=61, sys=131)
    with places.living():
        sources = [Noted(tmp_path / "oximeter", oximeter), Noted(tmp_path / "cuff", cuff)]
        with RunningSession(bed.station, sources, bed.clock, Phase.INFUSION):
            bed.until(lambda shot: has_rate(shot, 61))
            sources[1].start_nibp()
            bed.until(lambda shot: shot.nibp is not None and shot.nibp.sys == 131)

            sources[1].start_nibp()
            bed.until(lambda shot: shot.cuff is not None and shot.cuff.is_measuring)
            places.swap(pr=199, sys=222)  # the measurement goes on and ends at the oximeter's port
            bed.until(are_open)
            before = [source.counters.bytes_in for source in sources]
            bed.until(lambda _: all(s.counters.bytes_in > n + 3 for s, n in zip(sources, before, strict=True)))
            bed.until(are_open)  # still: neither understands what it hears

            places.swap(pr=62, sys=132)
            bed.until(lambda shot: has_rate(shot, 62))
            sources[1].start_nibp()
            bed.until(lambda shot: shot.nibp is not None and shot.nibp.sys == 132)
    said = {("oximeter", Signal.PR, 61), ("oximeter", Signal.PR, 62), ("oximeter", Signal.SPO2, 94)}
    perfusion = {("oximeter", Signal.PI, 2.4)}
    assert sources[0].numbers() - perfusion == said
    assert sources[1].numbers() == {("cuff", 131, 80), ("cuff", 132, 80)}
