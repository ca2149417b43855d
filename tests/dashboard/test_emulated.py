"""Ports of emulated devices: what a link may replace and when it goes; and orders from a keyboard, or none."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dashboard.cli import main
from dashboard.emulated import Bed, Keyboard, Port
from ingest.emulators.faults import FaultyDevice
from ingest.emulators.orders import Plan
from ingest.sources import SourceError
from ingest.sources.pacing import SessionClock

pytestmark = pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals")


@pytest.fixture
def link(tmp_path: Path) -> Path:
    return tmp_path / "oximeter"


@pytest.fixture
def port(link: Path) -> Iterator[Port]:
    port = Port(link)
    port.plug()
    yield port
    port.unplug()


def test_a_link_leads_to_the_port_while_it_is_plugged(port: Port, link: Path) -> None:
    assert link.is_char_device()
    assert port.name == str(link)
    port.unplug()
    assert not os.path.lexists(link)
    port.plug()
    assert link.is_char_device()


def test_a_link_that_was_left_behind_is_set_anew(link: Path) -> None:
    link.symlink_to("/nowhere")
    port = Port(link)
    port.plug()
    assert link.is_char_device()
    port.unplug()


def test_what_is_no_link_is_never_touched(link: Path) -> None:
    link.write_text("a letter")
    port = Port(link)
    with pytest.raises(SourceError, match="cannot be made a link: File exists"):
        port.plug()
    port.unplug()
    assert link.read_text() == "a letter"


def test_a_link_that_was_taken_over_stays(port: Port, link: Path) -> None:
    other = Port(link)
    other.plug()
    port.unplug()
    assert link.is_char_device()
    other.unplug()


def test_bytes_go_both_ways_and_what_nobody_reads_is_lost(port: Port, link: Path) -> None:
    host = os.open(link, os.O_RDWR | os.O_NOCTTY)
    assert port.read() == b""
    os.write(host, b"?")
    assert port.read() == b"?"
    port.write(b"\x00\x0a\x0d\xff")
    assert os.read(host, 10) == b"\x00\x0a\x0d\xff"
    for _ in range(100):
        port.write(bytes(1000))
    os.close(host)
    port.unplug()
    port.write(b"!")
    assert port.read() == b""


class Typing:
    """Somebody at the keyboard: each time they are asked, they have typed the next line; in the end they go."""

    def __init__(self, stopped: threading.Event, *lines: str) -> None:
        self._stopped = stopped
        self._lines = list(lines)

    def lines(self) -> Iterator[str]:
        if self._lines:
            yield self._lines.pop(0)
        else:
            self._stopped.set()


def test_every_order_is_answered_with_the_sessions_time(link: Path, capsys: pytest.CaptureFixture[str]) -> None:
    devices, stopped = [FaultyDevice("contec-v7", 1), FaultyDevice("suntech-nibp", 1)], threading.Event()
    ports = [Port(link), Port(link.with_name("cuff"))]
    clock = SessionClock(monotonic_ns=iter(range(0, 10**12, 10**8)).__next__)
    bed = Bed(list(zip(devices, ports, strict=True)), Plan(["noise"], devices), clock)
    bed.play(Typing(stopped, "contec-v7: unplug", "", "plug", "cuff-error tired").lines, stopped)
    said = capsys.readouterr().out.splitlines()
    assert [line.split("  ", 1)[-1] for line in said] == [
        f"contec-v7 is at {link}",
        f"suntech-nibp is at {link.with_name('cuff')}",
        f"dripwatch run --source 'serial:{link}?device=contec-v7'"
        f" --source 'serial:{link.with_name('cuff')}?device=suntech-nibp&every=300'",
        "contec-v7, suntech-nibp: noise",
        "contec-v7: unplug",
        "contec-v7, suntech-nibp: ok unplug",
        f"contec-v7 is at {link}",
        "not done: contec-v7 has no cuff that can be made to fail; suntech-nibp knows no cuff error 'tired': it has "
        "weak pulse signal, movement, time exceeded, hose blocked, cuff loose",
    ]
    times = [float(line.split(" s ")[0]) for line in said if " s  " in line]
    assert times == sorted(times)
    assert list(link.parent.iterdir()) == []


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A pipe in place of standard input: where to write."""
    before, (reading, writing) = os.dup(0), os.pipe()
    os.dup2(reading, 0)
    os.close(reading)
    yield writing
    os.dup2(before, 0)
    os.close(before)


def test_lines_come_whole_and_the_end_of_input_is_no_end(typed: int) -> None:
    keyboard = Keyboard()
    assert list(keyboard.lines()) == []
    os.write(typed, b"noise\nfing")
    assert list(keyboard.lines()) == ["noise"]
    os.write(typed, b"er-out\r\nok\n")
    assert [line.strip() for line in keyboard.lines()] == ["finger-out", "ok"]
    os.close(typed)
    assert list(keyboard.lines()) == []
    assert list(keyboard.lines()) == []


def test_without_standard_input_a_port_is_not_taken_for_it(typed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    os.write(typed, b"noise\n")
    assert list(Keyboard().lines()) == []
    os.close(typed)


REFUSED = [
    (["--pty", "nova"], "no emulator of 'nova': choose one of berry-bci"),
    (["--pty", "contec-v7", "--pty", "contec-v7"], "contec-v7 is given twice"),
    (["--pty", "contec-v7=x", "--pty", "suntech-nibp=./x"], "cannot lead to two devices"),
    (["--pty", "contec-v7=no/where/x"], "cannot be made a link: No such file or directory"),
    (["--pty", "contec-v7", "--out", "x.csv"], "give one of them"),
    (["--fault", "noise"], "add --pty DEVICE"),
    (["--pty", "contec-v7", "--fault", "bad-checksums"], "--fault: contec-v7 sends no checksums"),
]


@pytest.mark.parametrize(("options", "says"), REFUSED)
def test_what_cannot_be_played_is_one_line(
    options: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # a command of its own has the process for itself
    assert main(["simulate", "uneventful", *options], lambda: datetime(2026, 3, 1, tzinfo=UTC)) == 2
    error = capsys.readouterr().err
    assert says in error
    assert len(error.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
