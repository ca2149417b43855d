"""A probe of real pseudo-terminals with every emulated device behind them; and the command as people type it."""

import json
import os
import signal
import subprocess
import sys
import tty
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Self

import pytest

from dashboard.__main__ import main
from ingest.devices import Line
from ingest.drivers import DEVICES, EMULATORS
from ingest.model import NIBP, SECOND, Signal
from ingest.sources.port_names import Port
from ingest.sources.probing import HARMLESS, TWINS, probe, source_url
from ingest.sources.serial_port import OpenLine, SerialSource, ports_here
from tests.ingest.sources.cables import Cable, Tiny

pytestmark = [pytest.mark.flow, pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals")]

STARTS = (b"\x3a\x20\xa6", b"\x3a\x87\x3f", b"\x3a\x28\x9e", b" NC0!E\r", b"\x0201;;D7\x03")
"""What inflates a cuff (devices.md 2.1 to 2.3)."""


class Desk:
    """An emulated device on a pseudo-terminal and a probe in step with it: 20 ms pass with every read, no thread."""

    def __init__(self, device: str) -> None:
        self.heard = b""
        self._emulator = EMULATORS[device]()
        self._t = 0
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)
        self.port = os.ttyname(self._theirs)

    def now(self) -> int:
        return self._t

    def open_line(self, port: str, line: Line) -> "InStep":
        return InStep(self, OpenLine(port, line))

    def passes(self) -> int:
        """20 ms pass; the number of bytes the device has put on the line."""
        self._t += SECOND // 50
        with suppress(BlockingIOError):
            data = os.read(self._ours, 4096)
            self.heard += data
            self._emulator.hear(data, self._t)
        data = self._emulator.say(self._t)
        return os.write(self._ours, data) if data else 0

    def close(self) -> None:
        os.close(self._ours)
        os.close(self._theirs)


class InStep:
    """The real open port; it is read when there is something to read, so silence costs no time."""

    def __init__(self, desk: Desk, line: OpenLine) -> None:
        self._desk = desk
        self._line = line
        self.write = line.write

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._line.__exit__()

    def read(self) -> bytes:
        count, data = self._desk.passes(), b""
        while len(data) < count:
            data += self._line.read()
        return data


@pytest.fixture
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    desk = Desk(request.param)
    yield desk
    desk.close()


@pytest.mark.parametrize(("desk", "name"), [(name, name) for name in EMULATORS], indirect=["desk"])
def test_every_device_is_found_on_a_real_terminal_and_no_cuff_is_inflated(desk: Desk, name: str) -> None:
    seconds = 12 if name == "nonin-df13" else 5
    probed = probe(desk.port, desk.open_line, desk.now, seconds)
    assert probed.trouble == ""
    assert {answer.device for answer in probed.answers} == (TWINS if name in TWINS else {name})
    own = next(answer for answer in probed.answers if answer.device == name)
    assert source_url(desk.port, own) == f"serial:{desk.port}?device={name}"
    assert {signal for signal, value in own.numbers.items() if value} == DEVICES[name].SIGNALS - NIBP - {Signal.PLETH}
    assert not any(start in desk.heard for start in STARTS)
    assert bool(desk.heard) == (name in HARMLESS)  # who talks by itself is never spoken to


def test_a_port_that_a_session_has_is_left_to_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cable = Cable(tmp_path / "oximeter")
    cable.plug()
    source = SerialSource(cable.port, Tiny, "tiny")
    assert main(["devices", cable.port, "--probe", "--seconds", "0.1"]) == 1
    assert f"  probe       {cable.port}: in use by another program: end that one" in capsys.readouterr().out
    del source
    cable.unplug()


def test_a_port_that_is_not_there_is_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["devices", str(tmp_path / "ttyUSB9"), "--probe"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"dripwatch: {tmp_path / 'ttyUSB9'} is not there: ")


def test_the_ports_of_this_machine_are_listed_without_opening_them(capsys: pytest.CaptureFixture[str]) -> None:
    here = ports_here()
    assert all(isinstance(port, Port) and port.name and port.kernel_name for port in here)
    assert main(["devices", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["port"] for line in lines] == [port.name for port in here]


@pytest.mark.slow
def test_what_the_probe_prints_is_what_the_program_then_opens() -> None:
    """In real time, two processes: an emulated oximeter, and the command that finds it."""
    command = [sys.executable, "-m", "dashboard"]
    with subprocess.Popen(
        [*command, "simulate", "desaturation", "--pty", "nonin-df2"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as device:
        try:
            assert device.stdout is not None
            port = device.stdout.readline().split(" is at ")[1].split(":")[0].strip()
            done = subprocess.run(
                [*command, "devices", port, "--probe", "--seconds", "2", "--json"], capture_output=True, text=True
            )
        finally:
            device.send_signal(signal.SIGINT)
    assert done.returncode == 0, done.stderr
    (answer,) = json.loads(done.stdout)["answers"]
    assert answer["source"] == f"serial:{port}?device=nonin-df2"
    assert 85 <= answer["numbers"]["spo2"] <= 100
    assert answer["good_frames"] >= 2
    assert done.stderr == ""  # no bar where there is no terminal
