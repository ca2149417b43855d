"""`dripwatch devices`: what it says of ports, who has them, and what a probe found; in words and as JSON."""

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest

from dashboard.__main__ import main
from dashboard.devices import devices
from ingest.devices import Line
from ingest.drivers import EMULATORS
from ingest.model import SECOND
from ingest.sources import SourceError
from ingest.sources.port_names import Port
from ingest.sources.probing import OpenLine

CONTEC = Port(
    "/dev/serial/by-id/usb-Silicon_Labs_CP2102_0001-if00-port0",
    "/dev/ttyUSB0",
    "Silicon Labs",
    "CP2102 USB to UART Bridge Controller",
    "0001",
    (0x10C4, 0xEA60),
)


class Bench:
    """A device at a right setting of its line, 20 ms a read; `right` None: at every setting, like a pseudo-terminal."""

    def __init__(self, device: str, right: Line | None = None) -> None:
        self._emulator = EMULATORS[device]()
        self._right = right
        self._t = 0
        self._is_right = True

    def __call__(self, port: str, line: Line) -> "Bench":
        self._is_right = self._right in (None, line)
        return self

    def __enter__(self) -> "Bench":
        return self

    def __exit__(self, *_: object) -> None: ...

    def read(self) -> bytes:
        self._t += SECOND // 50
        data = self._emulator.say(self._t)
        return data if self._is_right else b""

    def write(self, data: bytes) -> None:
        if self._is_right:
            self._emulator.hear(data, self._t)


@pytest.fixture(autouse=True)
def _time_passes_by_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of the command goes on by 20 ms whenever it is asked, so a probe takes no time."""

    class Clock:
        def __init__(self) -> None:
            self._t = 0

        def now(self) -> int:
            self._t += SECOND // 50
            return self._t

    monkeypatch.setattr("dashboard.devices.SessionClock", Clock)


def unopened(port: str, line: Line) -> OpenLine:
    raise AssertionError(f"{port} was opened")


@pytest.fixture
def port(tmp_path: Path) -> Port:
    path = tmp_path / "ttyUSB0"
    path.touch()
    return Port(str(path), str(path), usb=(0x0403, 0x6001))


def listed(
    root: Path, *here: Port, named: tuple[str, ...] = (), probe: bool = False, as_json: bool = False, **more: Any
) -> int:
    settings: dict[str, Any] = {"open_line": unopened, "seconds": 5, "ask": lambda question: ""} | more
    return devices(named, is_probing=probe, as_json=as_json, here=here, root=root, **settings)


# The list


def test_without_any_port_it_says_what_to_plug_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert listed(tmp_path) == 0
    out = capsys.readouterr().out
    assert out.startswith("no serial adapter is plugged in here\n  Plug in the device's own USB cable")
    assert listed(tmp_path, probe=True) == 1


def test_a_port_is_told_with_its_adapter_and_a_guess_that_is_called_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda *_: True)
    assert listed(tmp_path, CONTEC) == 0
    assert capsys.readouterr().out.splitlines() == [
        "/dev/serial/by-id/usb-Silicon_Labs_CP2102_0001-if00-port0",
        "  is now      /dev/ttyUSB0",
        "  adapter     Silicon Labs CP210x, Silicon Labs CP2102 USB to UART Bridge Controller, serial number 0001, "
        "USB 10c4:ea60",
        "  a guess     contec-v7 or contec-5byte: their cables have this chip, and so have others",
        "  permission  ok",
    ]


def test_a_forbidden_port_is_told_with_the_fix_and_not_opened(
    tmp_path: Path, port: Port, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    Path(port.name).chmod(0o660)
    assert listed(tmp_path, port, probe=True) == 1
    assert "  permission  denied: it belongs to the group " in capsys.readouterr().out


def test_a_port_that_is_in_use_is_told_with_the_culprit_and_not_opened(
    tmp_path: Path, port: Port, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "proc" / "812"
    (folder / "fd").mkdir(parents=True)
    (folder / "comm").write_text("ModemManager\n")
    (folder / "fd" / "7").symlink_to(port.name)
    assert listed(tmp_path, port, probe=True) == 1
    out = capsys.readouterr().out
    assert "  in use by   ModemManager (process 812): it takes every new port for a modem: install docs/60-drip" in out
    assert "note: ModemManager (process 812) runs here: " in out


def test_a_thief_is_told_also_where_no_port_is_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """brltty takes the adapter away: there is nothing to list."""
    folder = tmp_path / "proc" / "90"
    folder.mkdir(parents=True)
    (folder / "comm").write_text("brltty\n")
    assert listed(tmp_path) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("note: brltty (process 90) runs here: it takes adapters for Braille displays")
    assert "sudo systemctl mask --now brltty-udev.service brltty.service" in last


def test_the_computers_own_ports_are_one_line_and_probed_only_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ubuntu names 32 of them on a laptop that has none."""
    own = [Port(f"/dev/ttyS{n}", f"/dev/ttyS{n}") for n in range(32)]
    assert listed(tmp_path, *own, probe=True) == 1
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == (
        "Built in, often without a socket: /dev/ttyS0 and 31 more. To look at one: dripwatch devices /dev/ttyS0 --probe"
    )
    assert listed(tmp_path, *own, as_json=True) == 0
    assert len(capsys.readouterr().out.splitlines()) == 32
    assert listed(tmp_path, *own, named=("/dev/ttyS3",)) == 0
    assert "  adapter     none: a port of the computer itself" in capsys.readouterr().out


# Named ports


def test_a_port_is_found_by_any_of_its_names(tmp_path: Path, port: Port, capsys: pytest.CaptureFixture[str]) -> None:
    link = tmp_path / "by-path"
    link.symlink_to(port.name)
    for name in (port.name, str(link)):
        assert listed(tmp_path, CONTEC, port, named=(name,)) == 0
        assert capsys.readouterr().out.splitlines()[0] == port.name


@pytest.mark.skipif(os.name == "nt", reason="device nodes")
def test_a_port_no_list_has_can_be_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert listed(tmp_path, named=("/dev/null",)) == 0
    assert capsys.readouterr().out.splitlines() == ["/dev/null", "  permission  ok"]


def test_what_is_no_port_is_one_line_and_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SourceError, match=r"COM9 is not there: the ports here are /dev/serial/by-id/usb-Sil"):
        listed(tmp_path, CONTEC, named=("COM9",))
    with pytest.raises(SourceError, match="COM9 is not there: no serial adapter is plugged in here"):
        listed(tmp_path, named=("COM9",))
    (tmp_path / "notes").touch()
    assert main(["devices", str(tmp_path / "notes"), "--probe"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line == f"dripwatch: {tmp_path / 'notes'} is no serial port: `dripwatch devices` lists those of this machine"


@pytest.mark.parametrize("seconds", ["0", "-1", "x", "1e9"])
def test_a_wrong_time_is_status_2(seconds: str) -> None:
    with pytest.raises(SystemExit) as left:
        main(["devices", "--probe", "--seconds", seconds])
    assert left.value.code == 2


# The probe


def test_an_answer_is_told_with_its_numbers_its_evidence_and_what_to_type(
    tmp_path: Path, port: Port, capsys: pytest.CaptureFixture[str]
) -> None:
    assert listed(tmp_path, port, probe=True, open_line=Bench("masimo-ascii1", Line(9600))) == 0
    out = capsys.readouterr().out
    assert "  answers     masimo-ascii1 at 9600 8N1: Masimo Rad-8, Rad-87, Radical-7" in out
    assert "PR 75 bpm, SpO2 97 %, PI 2.4 %" in out
    assert "good frames, the last one " in out
    assert "; 0 bad checksums, 0 resyncs, 0 bytes discarded" in out
    assert f"--source 'serial:{port.name}?device=masimo-ascii1'" in out
    assert out.splitlines()[-1] == f"To start: dripwatch run --source 'serial:{port.name}?device=masimo-ascii1'"


def test_a_cuff_says_why_it_has_no_numbers(tmp_path: Path, port: Port, capsys: pytest.CaptureFixture[str]) -> None:
    assert listed(tmp_path, port, probe=True, open_line=Bench("suntech-nibp", Line(9600))) == 0
    out = capsys.readouterr().out
    assert "no numbers yet: a cuff has some after a measurement, and a probe never starts one" in out
    assert "&every=300" in out


@pytest.mark.parametrize(("label", "device"), [("Contec", "contec-5byte"), ("Berry", "berry-bci")])
def test_where_two_devices_speak_alike_it_asks(
    label: str, device: str, tmp_path: Path, port: Port, capsys: pytest.CaptureFixture[str]
) -> None:
    def ask(question: str) -> str:
        return next(line.split()[0] for line in question.splitlines() if label in line)

    assert listed(tmp_path, port, probe=True, open_line=Bench("contec-5byte"), ask=ask) == 0
    out = capsys.readouterr().out
    assert "more than one device speaks like this: the label on the device decides" in out
    assert out.count("  --source 'serial:") == 2
    assert out.splitlines()[-1] == f"To start: dripwatch run --source 'serial:{port.name}?device={device}'"


@pytest.mark.parametrize("answer", ["", "7", "x", None])
def test_who_does_not_know_is_told_nothing_wrong(
    answer: str | None, tmp_path: Path, port: Port, capsys: pytest.CaptureFixture[str]
) -> None:
    def ask(question: str) -> str:
        if answer is None:
            raise EOFError
        return answer

    assert listed(tmp_path, port, probe=True, open_line=Bench("contec-5byte"), ask=ask) == 0
    assert "To start" not in capsys.readouterr().out


def test_without_a_terminal_nobody_is_asked(
    tmp_path: Path, port: Port, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("1\n"))
    assert listed(tmp_path, port, probe=True, open_line=Bench("contec-5byte"), ask=None) == 0
    assert "To start" not in capsys.readouterr().out


def test_a_twin_that_cannot_be_it_is_told_but_not_asked_about(
    tmp_path: Path, port: Port, capsys: pytest.CaptureFixture[str]
) -> None:
    def ask(question: str) -> str:
        raise AssertionError(question)

    assert listed(tmp_path, port, probe=True, open_line=Bench("berry-bci", Line(115200)), ask=ask) == 0
    out = capsys.readouterr().out
    assert "its documents name another line (4800 8O1, 19200 8O1), so this is not the likely one" in out
    assert out.splitlines()[-1].endswith("device=berry-bci'")


def test_silence_and_bytes_nobody_understands_are_told_apart(
    tmp_path: Path, port: Port, capsys: pytest.CaptureFixture[str]
) -> None:
    assert listed(tmp_path, port, probe=True, open_line=Bench("nonin-df2", Line(300))) == 1
    assert "no answer   not one byte came. Is the device on, the finger in" in capsys.readouterr().out

    class Odd(Bench):
        def read(self) -> bytes:
            return b"\x02\x03#*"

    assert listed(tmp_path, port, probe=True, open_line=Odd("nonin-df2")) == 1
    assert "no answer   bytes came (" in capsys.readouterr().out


def test_a_port_that_is_taken_in_the_meantime_gets_its_line(
    tmp_path: Path, port: Port, capsys: pytest.CaptureFixture[str]
) -> None:
    def busy(port: str, line: Line) -> OpenLine:
        raise OSError(16, "Device or resource busy")

    assert listed(tmp_path, port, probe=True, open_line=busy) == 1
    assert f"  probe       {port.name}: in use by another program: end that one" in capsys.readouterr().out


def test_json_is_one_object_a_port(tmp_path: Path, port: Port, capsys: pytest.CaptureFixture[str]) -> None:
    assert listed(tmp_path, CONTEC, port, as_json=True) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["usb"] == "10c4:ea60"
    assert first["guesses"] == ["contec-v7", "contec-5byte"]
    assert second["permission"] == "ok"
    assert "answers" not in second
    assert listed(tmp_path, port, probe=True, as_json=True, open_line=Bench("nonin-df2", Line(9600))) == 0
    (found,) = map(json.loads, capsys.readouterr().out.splitlines())
    (answer,) = found["answers"]
    assert answer["source"] == f"serial:{port.name}?device=nonin-df2"
    assert answer["numbers"] == {"pr": 75, "spo2": 97}
    assert (answer["line"], answer["bad_checksums"], answer["resyncs"]) == ("9600 8N1", 0, 0)
    assert answer["good_frames"] > 10
    assert answer["last_good_age"] < 1
