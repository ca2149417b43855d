"""A pretend device on a pseudo-terminal: a cable to plug in and pull, a small decoder, and an ear for what is put.

The device's wire: AA, value, AA xor value. It is asked by "?" if its decoder polls.
"""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from ingest.devices import Counters, Line, Standing
from ingest.model import SECOND, DeviceState, DeviceStatus, Observation, Reading, Signal
from ingest.sources.pacing import SessionClock
from ingest.sources.playing import play
from ingest.sources.serial_port import SerialSource

PATIENCE_S = 10.0
"""How long a test waits for what must come; it never waits for nothing to come."""


def frame(value: int) -> bytes:
    return bytes([0xAA, value, 0xAA ^ value])


class Tiny:
    """The pretend device's decoder."""

    TITLE: ClassVar[str] = "Tiny"
    LINES: ClassVar[tuple[Line, ...]] = (Line(9600), Line(115200))
    STANDING: ClassVar[Standing] = Standing.EXPERIMENTAL
    SIGNALS: ClassVar[frozenset[Signal]] = frozenset({Signal.HR})
    INTERVAL: ClassVar[int] = SECOND

    def __init__(self, source: str) -> None:
        self.counters = Counters()
        self._source = source
        self._rest = b""

    @property
    def held(self) -> int:
        return len(self._rest)

    def feed(self, data: bytes, now: int) -> list[Reading]:
        self.counters.bytes_in += len(data)
        self._rest += data
        readings: list[Reading] = []
        while len(self._rest) >= 3:
            start, value, check = self._rest[:3]
            is_good = start == 0xAA and check == start ^ value
            self.counters.bad_checksums += start == 0xAA and not is_good
            if is_good:
                self.counters.frames += 1
                self.counters.bytes_framed += 3
                readings.append(Observation(now, self._source, Signal.HR, value))
            else:
                self.counters.bytes_discarded += 1
            self._rest = self._rest[3 if is_good else 1 :]
        return readings

    def due(self, now: int) -> bytes:
        return b""


class Cable:
    """A port by its stable name `port`, a link that is set anew to another pseudo-terminal at every plugging in."""

    def __init__(self, port: Path) -> None:
        self.port = str(port)
        self._link = port
        self._node: Path | None = None
        self._device: int | None = None
        self._terminal = Path()

    def plug(self, node: Path | None = None) -> None:
        """To a new terminal, which is `node` as long as the cable is in, if there is to be such a name.

        Never the one it had before: a system gives a free number again, so a second one is taken where that happens.
        """
        device, terminal = _terminal()
        if terminal == self._terminal:
            same, (device, terminal) = device, _terminal()
            os.close(same)
        self.unplug()
        self._device, self._node, self._terminal = device, node, terminal
        if node is not None:
            node.symlink_to(terminal)
        self._link.symlink_to(node or terminal)

    def unplug(self) -> None:
        if self._device is not None:
            self._link.unlink()
            if self._node is not None:
                self._node.unlink()
            os.close(self._device)
            self._device = None

    def says(self, data: bytes) -> None:
        assert self._device is not None
        assert os.write(self._device, data) == len(data)

    def hears(self, count: int) -> bytes:
        assert self._device is not None
        return os.read(self._device, count)


def _terminal() -> tuple[int, Path]:
    """The device's end of a new pseudo-terminal, and the name of the other end."""
    device, port = os.openpty()
    terminal = Path(os.ttyname(port))
    os.close(port)
    return device, terminal


class Ear:
    """What a source has put, in order."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self._change = threading.Condition()

    def put(self, reading: Reading) -> None:
        with self._change:
            self.readings.append(reading)
            self._change.notify_all()

    def until(self, wanted: Callable[[list[Reading]], bool], since: int = 0) -> list[Reading]:
        """What was put from number `since` on, as soon as it is `wanted`: looked at after every reading and often."""
        deadline = time.monotonic() + PATIENCE_S
        with self._change:
            while not wanted(self.readings[since:]):
                assert time.monotonic() < deadline, self.readings[since:]
                self._change.wait(0.01)
            return self.readings[since:]

    def until_open(self, since: int = 0) -> list[Reading]:
        """The port has been opened: only from now on is nothing thrown away."""
        return self.until(lambda said: any("is open" in status.detail for status in statuses(said)), since)

    def until_value(self, value: int, since: int = 0) -> list[Reading]:
        return self.until(lambda said: value in values(said), since)


def values(readings: list[Reading]) -> list[float | None]:
    return [reading.value for reading in readings if isinstance(reading, Observation)]


def statuses(readings: list[Reading]) -> list[DeviceStatus]:
    return [reading for reading in readings if isinstance(reading, DeviceStatus)]


def states(readings: list[Reading]) -> list[DeviceState]:
    return [status.state for status in statuses(readings)]


class Listening:
    """A source being listened to, as a context."""

    def __init__(self, source: SerialSource, clock: SessionClock | None = None) -> None:
        self.ear = Ear()
        self.source = source
        self._stopped = threading.Event()
        self._playing = play(source, clock or SessionClock(), self.ear.put, self._stopped)
        assert self._playing.horizon.t is None

    def __enter__(self) -> Ear:
        self._playing.start()
        return self.ear

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._playing.join(PATIENCE_S)
