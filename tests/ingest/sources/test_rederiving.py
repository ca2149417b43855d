"""What a serial source said is what its bytes say, whatever happened on the line; and a record that differs is found.

The source is the real one. Its port, its device and its time are not: hours pass in seconds.
"""

import errno
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import Self

import pytest
import serial

from ingest.drivers import DEVICES, EMULATORS
from ingest.emulators.faults import FaultyDevice
from ingest.emulators.orders import order
from ingest.model import (
    SECOND,
    DeviceState,
    DeviceStatus,
    NibpReading,
    Observation,
    RawBytes,
    Reading,
    SentBytes,
    Waveform,
)
from ingest.sources import SourceError
from ingest.sources.capture import CaptureSource
from ingest.sources.rederiving import Difference, differences
from ingest.sources.serial_port import SerialSource

PORT = "/dev/oximeter"


def t(seconds: float) -> int:
    return round(seconds * SECOND)


class World(threading.Event):
    """A device at a port, and time that passes when the source waits. `script`: what happens when, in seconds.

    It is the event that stops the source, too. A wait ends after a tenth of a second at most, as a real read does.
    """

    def __init__(self, device: FaultyDevice, script: Mapping[float, Callable[[], object]], lasts: float) -> None:
        super().__init__()
        self.t = 0
        self.device = device
        self.waiting = bytearray()
        self._script = sorted(((t(at), act) for at, act in script.items()), key=lambda step: step[0])
        self._end = t(lasts)

    def now(self) -> int:
        return self.t

    def passes(self, seconds: float = 0.02) -> None:
        self.t += t(seconds)
        self.waiting += self.device.say(self.t)
        while self._script and self._script[0][0] <= self.t:
            self._script.pop(0)[1]()
        if self.t >= self._end:
            self.set()

    def wait(self, timeout: float | None = None) -> bool:
        self.passes(timeout or 0)
        return self.is_set()

    def open(self, *_: object, **__: object) -> "Port":
        if not self.device.is_plugged:
            raise FileNotFoundError(errno.ENOENT, "no such port", PORT)
        self.waiting.clear()
        return Port(self)


class Port:
    def __init__(self, world: World) -> None:
        self._world = world

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._world.waiting.clear()

    def reset_input_buffer(self) -> None:
        self._world.waiting.clear()

    def write(self, data: bytes) -> None:
        self._expect_plugged()
        self._world.device.hear(data, self._world.t)

    @property
    def in_waiting(self) -> int:
        return len(self._world.waiting)

    def read(self, count: int) -> bytes:
        if count:
            self._world.passes()
        for _ in range(4):
            if self._world.waiting or not count:
                break
            self._world.passes()
        self._expect_plugged()
        taken = bytes(self._world.waiting[:count])
        del self._world.waiting[:count]
        return taken

    def _expect_plugged(self) -> None:
        if not self._world.device.is_plugged:
            raise serial.SerialException("device disconnected")


class Session:
    """A recorded session of one device; `script`: faults, or `start`, `stop`, `stall` by their second."""

    world: World
    source: SerialSource

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, name: str, script: Mapping[float, str], lasts: float, every: float | None
    ) -> None:
        self.url = f"serial:{PORT}?device={name}"
        device = FaultyDevice(name, 1)
        acts = {"start": lambda: self.source.start_nibp(), "stop": lambda: self.source.stop_nibp()}
        acts["stall"] = lambda: self.world.passes(3)

        def act(word: str) -> Callable[[], object]:
            return acts.get(word) or order(word, [device]).obey

        self.world = World(device, {at: act(word) for at, word in script.items()}, lasts)
        monkeypatch.setattr(serial, "Serial", self.world.open)
        self.source = SerialSource(PORT, DEVICES[name], name, every_s=every)
        self.readings = list(self.source.listen(self.world.now, self.world))

    def of(self, kind: type[Reading]) -> list[Reading]:
        return [reading for reading in self.readings if isinstance(reading, kind)]

    def differences(self, readings: list[Reading] | None = None, is_whole: bool = True) -> list[Difference]:
        return list(differences(self.readings if readings is None else readings, [self.url], is_whole=is_whole))


Record = Callable[..., Session]


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch) -> Record:
    def record(name: str, script: Mapping[float, str], lasts: float, every: float | None = None) -> Session:
        return Session(monkeypatch, name, script, lasts, every)

    return record


STORM = {
    5: "finger-out",
    8: "ok finger-out",
    10: "lost-bytes",
    15: "unplug",
    17: "plug",
    20: "noise",
    25: "silent",
    29.5: "ok",
    33: "stall",
    40: "silent",
    43: "ok",
}


@pytest.mark.parametrize("name", [name for name in EMULATORS if name not in {"suntech-nibp", "par-nibp"}])
def test_a_stormy_session_is_what_its_bytes_say(record: Record, name: str) -> None:
    script = STORM if name != "nonin-df13" else {12: "finger-out", 15: "ok"}
    session = record(name, script, 60)
    assert len(session.of(Observation)) > 1
    assert session.differences() == []


CUFFS = [name for name in EMULATORS if name in {"suntech-nibp", "par-nibp", "dinamap"}]


@pytest.mark.parametrize("name", CUFFS)
def test_a_cuff_that_measures_fails_and_is_stopped_is_what_its_bytes_say(record: Record, name: str) -> None:
    """Also what came of no bytes at all: a start without an answer, a measurement without an end."""
    script = {
        60: "cuff-error",
        110: "ok",
        120: "start",
        135.013: "stop",
        200: "lost-bytes 0.1",
        300: "ok",
        310: "unplug",
        312: "plug",
        400: "silent",
        650: "ok",
        660: "bad-checksums 0.5",
        700: "ok",
    }
    session = record(name, script, 800, every=60)
    cuffs = [reading for reading in session.readings if isinstance(reading, NibpReading)]
    assert any(reading.sys == 122 for reading in cuffs)
    assert {reading.error for reading in cuffs} >= {"stopped"}
    assert len({reading.error for reading in cuffs}) > 3
    assert session.differences() == []


def test_it_is_told_that_a_line_stood_still_and_what_it_withheld(record: Record) -> None:
    session = record("contec-v7", {5: "stall"}, 10)
    assert any("too late to be shown" in note for note in session.source.notes())
    assert session.differences() == []


def test_a_capture_is_what_its_bytes_say(tmp_path: Path) -> None:
    path, device = tmp_path / "finger.bin", FaultyDevice("nonin-df2", 1)
    device.say(0)
    path.write_bytes(device.say(t(20)))
    said = [r for r in CaptureSource(str(path), DEVICES["nonin-df2"], "finger").readings() if r is not None]
    said.append(DeviceStatus(said[-1].t, "finger", DeviceState.ENDED, "end of recording"))
    assert any(isinstance(reading, Observation) for reading in said)
    assert list(differences(said, [f"capture:{path}?device=nonin-df2&name=finger"])) == []


def test_two_sources_side_by_side_are_told_apart(record: Record) -> None:
    oximeter, cuff = record("contec-v7", STORM, 60), record("suntech-nibp", {5: "start"}, 60)
    pairs = zip_longest(oximeter.readings, cuff.readings)
    both = [reading for pair in pairs for reading in pair if reading is not None]
    assert list(differences(both, ["sim:desaturation", oximeter.url, cuff.url])) == []
    wrong = [url.replace(PORT, "/dev/other") for url in (oximeter.url, cuff.url)]
    assert list(differences(both, wrong)) == []  # the port is only where it was


# What a record must not do


@pytest.fixture
def sound(record: Record) -> Session:
    session = record("contec-v7", {4: "finger-out", 6: "ok"}, 10)
    assert session.differences() == []
    return session


def places(session: Session, kind: type[Reading]) -> Iterator[int]:
    """Where such readings stand; states only where the device itself says them."""
    for place, reading in enumerate(session.readings):
        is_line = isinstance(reading, DeviceStatus) and reading.detail
        if isinstance(reading, kind) and not is_line:
            yield place


@pytest.mark.parametrize("kind", [Observation, DeviceStatus, Waveform])
def test_nothing_may_be_missing_or_twice_or_early(sound: Session, kind: type[Reading]) -> None:
    for place in places(sound, kind):
        reading = sound.readings[place]
        before, after = sound.readings[:place], sound.readings[place + 1 :]
        assert len(sound.differences([*before, *after])) == 1
        assert len(sound.differences([*before, reading, reading, *after])) == 1
        assert len(sound.differences([*before, replace(reading, t=reading.t - 1), *after])) == 1
        assert sound.differences([*before, replace(reading, t=reading.t + 5000), *after]) == []


def test_a_changed_value_is_found_where_it_is(sound: Session) -> None:
    place = max(places(sound, Observation))
    reading = sound.readings[place]
    assert isinstance(reading, Observation)
    changed = replace(reading, value=61)
    (found,) = sound.differences([*sound.readings[:place], changed, *sound.readings[place + 1 :]])
    assert (found.t, found.source) == (reading.t, "contec-v7")
    assert changed in found.recorded
    assert reading in found.derived


def test_bytes_that_are_missing_or_changed_are_found(sound: Session) -> None:
    at = next(i for i, r in enumerate(sound.readings) if isinstance(r, RawBytes) and r.t > t(2) and len(r.data) > 9)
    piece = sound.readings[at]
    assert isinstance(piece, RawBytes)
    assert sound.differences([*sound.readings[:at], *sound.readings[at + 1 :]])
    for place in range(9):
        data = bytes([*piece.data[:place], piece.data[place] ^ 0x80, *piece.data[place + 1 :]])
        assert sound.differences([*sound.readings[:at], replace(piece, data=data), *sound.readings[at + 1 :]])


def test_what_was_sent_must_be_what_the_decoder_wants_sent(record: Record) -> None:
    session = record("suntech-nibp", {1: "start"}, 50)
    assert session.differences() == []
    place, sent = max((i, r) for i, r in enumerate(session.readings) if isinstance(r, SentBytes))
    assert sent.data == bytes.fromhex("3A 79 05 00 48")  # how high is the pressure?
    session.readings[place] = replace(sent, data=bytes.fromhex("3A 79 03 00 4A"))  # a result that nobody awaits
    (found,) = session.differences()
    assert (found.recorded, found.derived) == ((session.readings[place],), (sent,))


def test_an_interrupted_record_may_end_anywhere(sound: Session) -> None:
    for end in range(0, len(sound.readings), 7):
        assert sound.differences(sound.readings[:end], is_whole=False) == []
    cut = max(places(sound, Observation))
    assert sound.differences(sound.readings[:cut])


def test_a_device_that_is_not_known_is_said(sound: Session) -> None:
    with pytest.raises(SourceError, match="no device 'nova'"):
        list(differences(sound.readings, ["serial:/dev/x?device=nova"]))
