"""A device on a serial port: its bytes recorded and decoded as they arrive, over a line that comes and goes.

The only file that knows pyserial. What pyserial 3.5 does when a cable is pulled was measured: SerialException from
read and write, plain OSError from in_waiting, termios.error (no OSError) from the flushes, TypeError from a port that
was closed. None of them ends the listening: the port is opened again, by its name, until people stop.
"""

import logging
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import astuple
from operator import add
from typing import Self

import serial
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from ingest.devices import ControlsCuff, Counters, Decoder, Line
from ingest.model import SECOND, DeviceConfiguration, DeviceState, DeviceStatus, RawBytes, Reading, SentBytes, micros
from ingest.sources import Mode, SourceError
from ingest.sources.arrivals import Arrivals, worth_showing
from ingest.sources.port_names import Port, explain, is_missing, name_note, stable_name

log = logging.getLogger(__name__)

_READ_S = 0.1
"""How long a read may wait: so often the decoder is asked for what to send, and the thread can be stopped."""

_WRITE_S = 0.1
"""How long a write may wait for a device that takes nothing."""

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 1.0
"""Between two attempts to open a port that is gone: back within 2 s after it is there again (R8)."""

_REST = 60 * SECOND
"""After a break a cuff's interval begins so much later: a loose plug must not inflate it again and again."""

_UNHEARD = 500
"""Bytes without any frame after which people are asked whether this is the right device and speed."""


class SerialSource:
    """The device on `port`, opened at once; `line` None: as the decoder says.

    `every_s`: a cuff measures so often, in seconds. SourceError when the port cannot be used; with `waits` one that is
    not there yet is waited for. It is CONNECTED
    from the first good frame on, not when a port is open: an adapter without a device is no device.
    `counters` are those of all connections together; `last_good` is the session time of the last good frame.
    """

    mode = Mode.LIVE
    speed = 1.0
    backlog = 0

    def __init__(
        self,
        port: str,
        decoder_type: type[Decoder],
        name: str,
        line: Line | None = None,
        waits: bool = False,
        every_s: float | None = None,
    ) -> None:
        self.name = name
        self.last_good: int | None = None
        self._port = port
        self._decoder_type = decoder_type
        self._line = line or decoder_type.LINES[0]
        self._every_s = every_s
        self._decoder = decoder_type(name)
        self._wishes: queue.SimpleQueue[Callable[[ControlsCuff], object]] = queue.SimpleQueue()
        self._interval_at: int | None = 0
        self._earlier = Counters()
        self._said: tuple[DeviceState, str] | None = None
        self._withheld = self._unsent = 0
        self._opened: serial.Serial | None = None
        try:
            self._opened = self._open()
        except Exception as error:
            if not is_missing(error):
                raise SourceError(explain(port, error)) from None
            if not waits:
                raise SourceError(f"{explain(port, error)}: {_ports_here()}, or wait for it with wait=1") from None
        self._name_note = name_note(port)

    # The cuff, where the device has one. Wishes come from other threads and are granted in the line's own, so that what
    # is sent and what it means follow from the bytes alone.

    def start_nibp(self) -> None:
        """Measure now; a line that is down forgets it, and no reading comes."""
        self._wishes.put(lambda cuff: cuff.start_nibp())

    def stop_nibp(self) -> None:
        """Let the air out of the cuff."""
        self._wishes.put(lambda cuff: cuff.stop_nibp())

    def set_interval(self, seconds: float | None) -> None:
        """Measure every so often from now on, also after a break; None: only when told."""
        self._every_s = seconds
        self._wishes.put(lambda cuff: cuff.set_interval(seconds))

    def _grant(self, t: int) -> None:
        """Tell the decoder what was wished; after a break how often to measure, once the arm has surely rested."""
        if not isinstance(self._decoder, ControlsCuff):
            return
        if self._interval_at is not None and t >= self._interval_at:
            self._interval_at = None
            self._decoder.set_interval(self._every_s)
        with suppress(queue.Empty):
            while True:
                self._wishes.get_nowait()(self._decoder)

    @property
    def counters(self) -> Counters:
        """What the decoders have seen so far."""
        return Counters(*map(add, astuple(self._earlier), astuple(self._decoder.counters)))

    @property
    def rejected(self) -> int:
        """Frames with a bad checksum."""
        return self.counters.bad_checksums

    def readings(self) -> Iterator[Reading | None]:
        """A line cannot be read through: SourceError."""
        raise SourceError(f"{self._port}: a live line has no end to read to: it can only be listened to")

    def notes(self) -> list[str]:
        """Remarks for people so far."""
        counters = self.counters
        notes = [self._name_note] if self._name_note else []
        if counters.bytes_in > _UNHEARD and not counters.frames:
            speeds = ", ".join(str(line.baud) for line in self._decoder_type.LINES)
            notes.append(
                f"{self._port}: bytes come but none is understood at {self._line.baud} baud: "
                f"is it the right device? Its speeds: {speeds} (option baud)"
            )
        if self._withheld:
            notes.append(f"{self._withheld} readings came too late to be shown: only their bytes are in the record")
        if self._unsent:
            notes.append(f"{self._unsent} times the device did not take what was sent to it")
        return notes

    def listen(self, now: Callable[[], int], stopped: threading.Event) -> Iterator[Reading]:
        """The device's readings as they come, until `stopped`; first what it will send, even before the port is there.

        Whatever goes wrong, a bug in a decoder too, is told as a DISCONNECTED device, and begins anew.
        """
        yield self._configuration(now())
        pause = _FIRST_PAUSE_S
        while not stopped.is_set():
            last_good = self.last_good
            try:
                with self._take_port() as port:
                    yield from self._hear(port, now, stopped)
            except Exception as error:
                log.info("%s: begun anew", self._port, exc_info=True)
                yield from self._say(now(), DeviceState.DISCONNECTED, explain(self._port, error))
                self._begin_anew(now())
                pause = _FIRST_PAUSE_S if self.last_good != last_good else min(2 * pause, _LONGEST_PAUSE_S)
                stopped.wait(pause)

    def _configuration(self, t: int) -> DeviceConfiguration:
        every = None if self._every_s is None else micros(self._every_s)
        kind, is_cuff = self._decoder_type, isinstance(self._decoder, ControlsCuff)
        return DeviceConfiguration(t, self.name, kind.SIGNALS, kind.INTERVAL, is_cuff, every)

    def _hear(self, port: serial.Serial, now: Callable[[], int], stopped: threading.Event) -> Iterator[Reading]:
        yield from self._say(now(), DeviceState.DISCONNECTED, f"{self._port} is open, no readable data yet")
        arrivals = Arrivals(self._line, now())
        while not stopped.is_set():
            self._grant(now())
            yield from self._ask(port, now())
            data = _read(port)
            t = now()
            age = arrivals.age(t, len(data))
            if data:
                yield RawBytes(t, self.name, data)
                yield from self._decode(t, data, age)

    def _decode(self, t: int, data: bytes, age: int | None) -> Iterator[Reading]:
        frames = self._decoder.counters.frames
        readings = self._decoder.feed(data, t)
        if self._decoder.counters.frames > frames:
            self.last_good = t
            yield from self._say(t, DeviceState.CONNECTED, f"{self._port} at {self._line.baud} baud")
        shown = readings if age is None else worth_showing(readings, age)
        self._withheld += len(readings) - len(shown)
        yield from shown

    def _ask(self, port: serial.Serial, t: int) -> Iterator[SentBytes]:
        """Send what the decoder wants sent; told, because an answer means what was asked."""
        if not (data := self._decoder.due(t)):
            return
        yield SentBytes(t, self.name, data)
        try:
            port.write(data)
        except serial.SerialTimeoutException:
            self._unsent += 1
            port.reset_output_buffer()  # or the next request would be glued to a piece of this one

    def _say(self, t: int, state: DeviceState, detail: str) -> Iterator[DeviceStatus]:
        """The state of the line, when it is another one."""
        if self._said != (state, detail):
            self._said = state, detail
            yield DeviceStatus(t, self.name, state, detail)

    def _begin_anew(self, t: int) -> None:
        """Nothing of the lost connection may become part of a frame of the next, and no wish be granted late."""
        earlier = self.counters
        earlier.bytes_discarded += self._decoder.held
        self._earlier, self._decoder = earlier, self._decoder_type(self.name)
        self._wishes, self._interval_at = queue.SimpleQueue(), t + _REST

    def _take_port(self) -> serial.Serial:
        """The port opened at the start, without what has come since; later a new one."""
        port, self._opened = self._opened, None
        if port is None:
            return self._open()
        port.reset_input_buffer()
        return port

    def _open(self) -> serial.Serial:
        return _open(self._port, self._line)


class OpenLine:
    """A port opened with these line settings, for who wants its bytes and no source; a context manager.

    Raises what pyserial raises, also later: port_names.explain has words for all of it.
    """

    def __init__(self, port: str, line: Line) -> None:
        self._port = _open(port, line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._port.close()

    def read(self) -> bytes:
        """What has come; b"" when nothing came for 0.1 s."""
        return _read(self._port)

    def write(self, data: bytes) -> None:
        """Send; what the device does not take within 0.1 s is dropped."""
        try:
            self._port.write(data)
        except serial.SerialTimeoutException:
            self._port.reset_output_buffer()


def ports_here() -> list[Port]:
    """The serial ports of this machine by their stable names. Pseudo-terminals are none."""
    return [_facts(info) for info in sorted(list_ports.comports(), key=lambda info: info.device)]


def _facts(info: ListPortInfo) -> Port:
    usb = None if info.vid is None or info.pid is None else (info.vid, info.pid)
    name = stable_name(info.device) or info.device
    return Port(name, info.device, info.manufacturer or "", info.product or "", info.serial_number or "", usb)


def _open(port: str, line: Line) -> serial.Serial:
    return serial.Serial(
        port,
        line.baud,
        parity=line.parity.value,
        stopbits=line.stop_bits,
        timeout=_READ_S,
        write_timeout=_WRITE_S,
        exclusive=True,
    )


def _read(port: serial.Serial) -> bytes:
    """What has come; b"" when nothing came for a while."""
    data: bytes = port.read(1)
    with suppress(OSError):  # gone in between: the next read will say so, and this byte is not lost
        data += port.read(port.in_waiting)
    return data


def _ports_here() -> str:
    ports = sorted(port.device for port in list_ports.comports(include_links=True))
    return f"the ports here are {', '.join(ports)}" if ports else "there is no serial port here"
