"""Emulated devices on pseudo-terminals, and people who type what shall go wrong with them."""

import os
import select
import shlex
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ingest.drivers import DEVICES
from ingest.emulators.faults import FaultError, FaultyDevice
from ingest.emulators.orders import HELP, Plan, order
from ingest.model import SECOND
from ingest.sources import SourceError
from ingest.sources.pacing import SessionClock

TURN_S = 0.01
"""How often the devices get to speak, seconds."""

CUFF_EVERY_S = 300


class Port:
    """A pseudo-terminal to plug in and out. `link`: a name that leads to it while it is in, whichever it is.

    SourceError when the link cannot be made; what is there and no link is never touched.
    """

    def __init__(self, link: Path | None) -> None:
        self.link = link
        self._node = ""
        self._ends: tuple[int, int] | None = None

    @property
    def name(self) -> str:
        """The link, or else the terminal."""
        return str(self.link or self._node)

    @property
    def is_plugged(self) -> bool:
        """Whether it is there."""
        return self._ends is not None

    def plug(self) -> None:
        """A new terminal; a link that an earlier one left is set anew."""
        import tty

        ours, theirs = self._ends = os.openpty()
        tty.setraw(theirs)
        os.set_blocking(ours, False)
        self._node = os.ttyname(theirs)
        if self.link is not None:
            try:
                if self.link.is_symlink():
                    self.link.unlink()
                self.link.symlink_to(self._node)
            except OSError as error:
                raise SourceError(f"simulate: {self.link} cannot be made a link: {error.strerror}") from None

    def unplug(self) -> None:
        """The link, if it is still ours, and then the terminal are gone."""
        if self.link is not None:
            with suppress(OSError):
                if self.link.readlink() == Path(self._node):
                    self.link.unlink()
        for end in self._ends or ():
            os.close(end)
        self._ends = None

    def read(self) -> bytes:
        """What the host has sent, up to 4096 bytes."""
        with suppress(BlockingIOError):
            return os.read(self._ends[0], 4096) if self._ends else b""
        return b""

    def write(self, data: bytes) -> None:
        """What nobody reads is lost, as on a line that goes nowhere."""
        if data and self._ends:
            with suppress(BlockingIOError):
                os.write(self._ends[0], data)


@dataclass(frozen=True, slots=True)
class Bed:
    """The devices and their ports, and what happens to them."""

    devices: Sequence[tuple[FaultyDevice, Port]]
    plan: Plan
    clock: SessionClock
    """The session's, for what is said and planned."""

    def play(self, typed: Callable[[], Iterator[str]], stopped: threading.Event) -> None:
        """Until `stopped`; `typed` gives the lines typed since last asked.

        Devices speak at their own rate, but a cuff measures in the time of the patient: ten times as fast for one
        who is played ten times as fast. In the end the ports are gone. SourceError when a link cannot be made.
        """
        try:
            self._plug()
            print(" ".join(["dripwatch run", *(f"--source {shlex.quote(_url(*pair))}" for pair in self.devices)]))
            self._speak(typed, stopped)
        finally:
            for _, port in self.devices:
                port.unplug()

    def _speak(self, typed: Callable[[], Iterator[str]], stopped: threading.Event) -> None:
        world = SessionClock()
        while not stopped.wait(TURN_S):
            for planned in self.plan.due(self.clock.now()):
                self._say(planned.obey())
            for line in filter(str.strip, typed()):
                self._obey(line)
            self._plug()
            for device, port in self.devices:
                now = (self.clock if device.is_cuff else world).now()
                device.hear(port.read(), now)
                port.write(device.say(now))

    def _obey(self, line: str) -> None:
        try:
            said = HELP if line.strip() == "help" else order(line, [device for device, _ in self.devices]).obey()
        except FaultError as error:
            said = f"not done: {error}"
        self._say(said)

    def _plug(self) -> None:
        """The ports as the devices have them."""
        for device, port in self.devices:
            if device.is_plugged and not port.is_plugged:
                port.plug()
                self._say(f"{device.name} is at {port.name}")
            elif port.is_plugged and not device.is_plugged:
                port.unplug()

    def _say(self, text: str) -> None:
        print(f"{self.clock.now() / SECOND:.1f} s  {text}", flush=True)


class Keyboard:
    """Whole lines of standard input as they come; its end, or having none, is no end of the program."""

    def __init__(self) -> None:
        self._rest = b""
        self._is_open = sys.stdin is not None  # else 0 is whatever was opened first, a port perhaps
        signal.signal(signal.SIGTTIN, signal.SIG_IGN)  # started with &, it would be stopped by looking

    def lines(self) -> Iterator[str]:
        """Those typed since the last call."""
        with suppress(OSError, ValueError):
            while self._is_open and select.select([0], [], [], 0)[0]:
                data = os.read(0, 4096)
                self._is_open = bool(data)
                *lines, self._rest = (self._rest + data).split(b"\n")
                yield from (line.decode("utf-8", "replace") for line in lines)


def _url(device: FaultyDevice, port: Port) -> str:
    every = f"&every={CUFF_EVERY_S}" if hasattr(DEVICES[device.name], "set_interval") else ""
    return f"serial:{port.name}?device={device.name}{every}"
