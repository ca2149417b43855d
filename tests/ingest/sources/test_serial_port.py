"""Serial ports, on real pseudo-terminals: cables pulled, noise, deaf devices, swapped names, stalls."""

import array
import fcntl
import os
import random
import termios
import threading
import time
from functools import partial
from itertools import groupby, pairwise
from pathlib import Path

import pytest

from ingest.devices import Line, Parity
from ingest.devices.suntech_nibp import SuntechNibp
from ingest.model import SECOND, DeviceConfiguration, DeviceState, RawBytes, Reading, Signal
from ingest.sources import Mode
from ingest.sources.pacing import SessionClock
from ingest.sources.serial_port import SerialSource
from tests.ingest.sources.cables import PATIENCE_S, Cable, Listening, Tiny, frame, states, statuses, values

pytestmark = pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals")
CONNECTED, DISCONNECTED = DeviceState.CONNECTED, DeviceState.DISCONNECTED
ROUNDS = int(os.environ.get("DRIPWATCH_REPLUGS", "20"))


def noise(seed: int, count: int) -> bytes:
    """Bytes without the mark of a frame: they can never look like one."""
    dice = random.Random(seed)
    return bytes(dice.choice([byte for byte in range(256) if byte != 0xAA]) for _ in range(count))


def has_read(source: SerialSource, count: int, _: object = None) -> bool:
    return source.counters.bytes_in == count


class World:
    """The world's clock in the test's hands."""

    def __init__(self) -> None:
        self.ns = 0
        self.clock = SessionClock(monotonic_ns=lambda: self.ns)


# A device that talks


def test_what_it_will_send_then_the_line_then_bytes_and_what_they_say(cable: Cable) -> None:
    world = World()
    source = SerialSource(cable.port, Tiny, "tiny")
    assert (source.name, source.mode, source.speed, source.backlog) == ("tiny", Mode.LIVE, 1, 0)
    with Listening(source, world.clock) as ear:
        ear.until_open()
        world.ns = 500_000_000
        cable.says(frame(61))
        said = ear.until_value(61)
    assert said[0] == DeviceConfiguration(0, "tiny", frozenset({Signal.HR}), SECOND)
    assert [(status.t, status.state, status.detail) for status in statuses(said)] == [
        (0, DISCONNECTED, f"{cable.port} is open, no readable data yet"),
        (SECOND // 2, CONNECTED, f"{cable.port} at 9600 baud"),
    ]
    assert b"".join(reading.data for reading in said if isinstance(reading, RawBytes)) == frame(61)
    assert (said[-1].t, source.last_good, source.counters.frames) == (SECOND // 2, SECOND // 2, 1)


def test_bytes_are_put_before_what_they_say(cable: Cable) -> None:
    with Listening(SerialSource(cable.port, Tiny, "tiny")) as ear:
        ear.until_open()
        cable.says(frame(61)[:2])
        ear.until(lambda said: sum(len(r.data) for r in said if isinstance(r, RawBytes)) == 2)
        assert states(ear.readings) == [DISCONNECTED]  # noise does not make a device
        cable.says(frame(61)[2:])
        said = ear.until_value(61)
    assert [type(reading).__name__ for reading in said[-3:]] == ["RawBytes", "DeviceStatus", "Observation"]


def test_what_came_before_the_session_is_not_of_now(cable: Cable) -> None:
    source = SerialSource(cable.port, Tiny, "tiny")
    cable.says(frame(61))
    with Listening(source) as ear:
        ear.until_open()
        cable.says(frame(62))
        assert values(ear.until_value(62)) == [62]


def test_noise_before_between_and_after(cable: Cable) -> None:
    source = SerialSource(cable.port, Tiny, "tiny")
    with Listening(source) as ear:
        ear.until_open()
        for value in range(60, 70):
            cable.says(noise(value, 50) + frame(value) + noise(-value, 7))
        said = ear.until_value(69)
        assert values(said) == list(range(60, 70))
        cable.says(b"\xaa\x01\x02" * 3)
        ear.until(lambda _: source.rejected == 3)
    assert source.notes() == []


def test_a_device_nobody_understands_is_asked_about(cable: Cable) -> None:
    source = SerialSource(cable.port, Tiny, "tiny", Line(19200))
    with Listening(source) as ear:
        ear.until_open()
        cable.says(noise(1, 600))
        ear.until(partial(has_read, source, 600))
    assert states(ear.readings) == [DISCONNECTED]
    assert source.notes() == [
        f"{cable.port}: bytes come but none is understood at 19200 baud: "
        "is it the right device? Its speeds: 9600, 115200 (option baud)"
    ]


def test_the_line_is_set_as_the_decoder_says_or_as_people_say(cable: Cable) -> None:
    for line, speed, parity in (
        (None, termios.B9600, 0),
        (Line(19200, Parity.EVEN, 2), termios.B19200, termios.PARENB | termios.CSTOPB),
        (Line(38400, Parity.ODD), termios.B38400, termios.PARENB | termios.PARODD),
    ):
        source = SerialSource(cable.port, Tiny, "tiny", line)
        look = os.open(cable.port, os.O_RDWR | os.O_NOCTTY)
        iflag, _, cflag, lflag, _, ospeed, _ = termios.tcgetattr(look)
        os.close(look)
        assert ospeed == speed
        # A pseudo-terminal keeps parity off whatever is asked: only the stop bits can be seen.
        assert cflag & termios.CSTOPB == parity & termios.CSTOPB
        assert not iflag & (termios.IXON | termios.IXOFF)
        assert not lflag & (termios.ECHO | termios.ICANON)
        del source


# Cables


@pytest.mark.slow
def test_pulled_and_plugged_in_again_under_another_number(cable: Cable) -> None:
    source = SerialSource(cable.port, Tiny, "tiny")
    numbers: list[Path] = []
    there = slowest = 0.0
    with Listening(source) as ear:
        ear.until_open()
        for round_ in range(ROUNDS):
            numbers.append(Path(cable.port).readlink())
            cable.says(noise(round_, 50) + frame(round_) + b"\xaa")  # half a frame is lost with the cable
            ear.until(partial(has_read, source, (round_ + 1) * 54))
            slowest = max(slowest, time.monotonic() - there) if round_ else 0
            begin = len(ear.readings)
            if round_ % 2:
                cable.unplug()
                ear.until(lambda said: DISCONNECTED in states(said), begin)
            cable.plug()
            there = time.monotonic()
            ear.until_open(begin)
    assert slowest < 2  # from the plug to the device's first bytes and their number
    assert all(old != new for old, new in pairwise(numbers))
    assert values(ear.readings) == list(range(ROUNDS))
    changes = [state for state, _ in groupby(states(ear.readings))]
    assert changes == [DISCONNECTED, CONNECTED] * ROUNDS + [DISCONNECTED]
    counters = source.counters  # of all connections together
    assert (counters.frames, counters.bytes_framed, counters.bytes_in) == (ROUNDS, ROUNDS * 3, ROUNDS * 54)
    assert counters.bytes_discarded == ROUNDS * 51


@pytest.mark.slow
def test_two_devices_that_change_places_never_speak_under_each_others_name(tmp_path: Path) -> None:
    """H12: at every replugging each gets the number the other had."""
    a, b = Cable(tmp_path / "a"), Cable(tmp_path / "b")
    numbers = [tmp_path / "ttyUSB0", tmp_path / "ttyUSB1"]
    a.plug(numbers[0])
    b.plug(numbers[1])
    with (
        Listening(SerialSource(a.port, Tiny, "a")) as ear_a,
        Listening(SerialSource(b.port, Tiny, "b")) as ear_b,
    ):
        since_a = since_b = 0
        for round_ in range(ROUNDS):
            ear_a.until_open(since_a)
            ear_b.until_open(since_b)
            a.says(frame(round_))
            b.says(frame(255 - round_))
            ear_a.until_value(round_, since_a)
            ear_b.until_value(255 - round_, since_b)
            since_a, since_b = len(ear_a.readings), len(ear_b.readings)
            numbers.reverse()
            a.unplug()
            b.unplug()
            b.plug(numbers[1])
            a.plug(numbers[0])
    a.unplug()
    b.unplug()
    assert values(ear_a.readings) == list(range(ROUNDS))
    assert values(ear_b.readings) == [255 - n for n in range(ROUNDS)]


def test_a_port_that_is_not_there_yet_is_waited_for_if_people_want_that(tmp_path: Path) -> None:
    cable = Cable(tmp_path / "late")
    with Listening(SerialSource(cable.port, Tiny, "tiny", waits=True)) as ear:
        said = ear.until(lambda said: len(said) == 2)
        assert isinstance(said[0], DeviceConfiguration)
        assert statuses(said)[0].detail == f"{cable.port} is not there"
        cable.plug()
        ear.until_open()
        cable.says(frame(61))
        ear.until_value(61)
    cable.unplug()


def test_a_decoder_that_fails_is_a_device_that_is_gone_and_comes_back(cable: Cable) -> None:
    class Fragile(Tiny):
        def feed(self, data: bytes, now: int) -> list[Reading]:
            return [] if data[1 // (data[0] - 0xFF)] else super().feed(data, now)

    with Listening(SerialSource(cable.port, Fragile, "tiny")) as ear:
        ear.until_open()
        cable.says(b"\xff")
        ear.until(
            lambda said: f"{cable.port}: integer division or modulo by zero" in [s.detail for s in statuses(said)]
        )
        ear.until(lambda said: len(statuses(said)) == 3)
        assert statuses(ear.readings)[2].detail.endswith("is open, no readable data yet")


def test_stopped_it_lets_go_of_the_port(cable: Cable) -> None:
    with Listening(SerialSource(cable.port, Tiny, "tiny")) as ear:
        ear.until_open()
    SerialSource(cable.port, Tiny, "tiny")


# A device that is asked


class Asking(Tiny):
    """Asks "?" once a second."""

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self._next = 0

    def due(self, now: int) -> bytes:
        if now < self._next:
            return b""
        self._next = now + SECOND
        return b"?"


def test_a_device_is_asked_when_its_decoder_says_so(cable: Cable) -> None:
    world = World()
    with Listening(SerialSource(cable.port, Asking, "tiny"), world.clock) as ear:
        assert cable.hears(10) == b"?"
        cable.says(frame(61))
        ear.until_value(61)
        world.ns += 10**9
        assert cable.hears(10) == b"?"


def test_a_cuff_that_was_plugged_in_again_measures_at_its_interval_once_the_arm_has_rested(cable: Cable) -> None:
    start, poll = bytes.fromhex("3A 20 A6"), bytes.fromhex("3A 79 05 00 48")
    world = World()
    source = SerialSource(cable.port, SuntechNibp, "cuff", every_s=300)
    with Listening(source, world.clock) as ear:
        assert cable.hears(5) == start
        ear.until_open()
        begin = len(ear.readings)
        cable.unplug()
        ear.until(lambda said: any(status.detail.endswith("is not there") for status in statuses(said)), begin)
        cable.plug()
        ear.until_open(begin)
        assert cable.hears(5) == poll
        world.ns += 60 * 10**9
        assert cable.hears(3) == start


def test_a_wish_is_granted_by_the_line_and_forgotten_with_it(cable: Cable) -> None:
    start, abort = bytes.fromhex("3A 20 A6"), bytes.fromhex("3A 79 01 00 4C")
    world = World()
    source = SerialSource(cable.port, SuntechNibp, "cuff")
    with Listening(source, world.clock) as ear:
        assert cable.hears(5) == bytes.fromhex("3A 79 05 00 48")
        source.start_nibp()
        world.ns += 10**9
        assert cable.hears(3) == start
        source.stop_nibp()
        assert cable.hears(5) == abort
        begin = len(ear.readings)
        cable.unplug()
        ear.until(lambda said: any(status.detail.endswith("is not there") for status in statuses(said)), begin)
        cable.plug()
        ear.until_open(begin)
        assert cable.hears(5) == bytes.fromhex("3A 79 05 00 48")


def test_a_device_that_takes_nothing_is_still_heard(cable: Cable) -> None:
    class Insisting(Tiny):
        def due(self, now: int) -> bytes:
            return b"?" * 100_000  # more than any terminal keeps

    source = SerialSource(cable.port, Insisting, "tiny")
    with Listening(source) as ear:
        ear.until_open()
        for value in (61, 62, 63):
            cable.says(frame(value))
            ear.until_value(value)
    assert DISCONNECTED not in states(ear.readings)[1:]
    assert "times the device did not take what was sent to it" in source.notes()[0]


# Bytes that lay somewhere


class Stallable(Tiny):
    """Stands still while the test holds it, where a thread that gets no processor would."""

    runs = threading.Event()
    stands = threading.Event()

    def due(self, now: int) -> bytes:
        if not self.runs.is_set():
            self.stands.set()
            self.runs.wait(PATIENCE_S)
        return b""


@pytest.fixture
def stall() -> type[Stallable]:
    """A decoder class with its own events."""

    class Own(Stallable):
        runs = threading.Event()
        stands = threading.Event()

    Own.runs.set()
    return Own


def wait_until_there(port: str, count: int) -> None:
    """Until so many bytes wait at the terminal."""
    look = os.open(port, os.O_RDWR | os.O_NOCTTY)
    waiting, deadline = array.array("i", [0]), time.monotonic() + PATIENCE_S
    while waiting[0] < count and time.monotonic() < deadline:
        fcntl.ioctl(look, termios.FIONREAD, waiting)
    os.close(look)
    assert waiting[0] == count


def test_what_came_during_a_stall_is_recorded_but_not_shown_as_new(cable: Cable, stall: type[Stallable]) -> None:
    world = World()
    source = SerialSource(cable.port, stall, "tiny")
    with Listening(source, world.clock) as ear:
        ear.until_open()
        stall.runs.clear()
        assert stall.stands.wait(PATIENCE_S)
        cable.says(frame(61) + frame(62))
        wait_until_there(cable.port, 6)
        world.ns += 30 * 10**9  # the lid was closed
        stall.runs.set()
        ear.until(lambda _: source.counters.frames == 2)
        world.ns += 10**9 // 10
        cable.says(frame(63))
        said = ear.until_value(63)
    assert values(said) == [63]
    assert b"".join(r.data for r in said if isinstance(r, RawBytes)) == frame(61) + frame(62) + frame(63)
    assert source.notes() == ["2 readings came too late to be shown: only their bytes are in the record"]


def test_more_at_once_than_the_line_can_carry_is_not_shown_as_new(cable: Cable, stall: type[Stallable]) -> None:
    world = World()
    source = SerialSource(cable.port, stall, "tiny")
    with Listening(source, world.clock) as ear:
        ear.until_open()
        stall.runs.clear()
        assert stall.stands.wait(PATIENCE_S)
        cable.says(frame(61) * 400)  # 1200 bytes, the line carries 960 a second
        wait_until_there(cable.port, 1200)
        stall.runs.set()
        ear.until(lambda _: source.counters.frames == 400)
        world.ns += 10**9 // 10
        cable.says(frame(63))
        assert values(ear.until_value(63)) == [63]
