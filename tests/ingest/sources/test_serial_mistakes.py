"""Serial ports that cannot be used, names that may change, URLs with mistakes in them: each has one line."""

import errno
import grp
import os
import termios
from pathlib import Path

import pytest
import serial

from ingest.sources import Mode, SourceError
from ingest.sources.port_names import explain, name_note
from ingest.sources.serial_port import SerialSource
from ingest.sources.url import open_source
from tests.ingest.sources.cables import Cable, Listening, Tiny, frame, statuses

pytestmark = pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals")


# What cannot be used


def test_a_port_belongs_to_one(cable: Cable) -> None:
    with Listening(SerialSource(cable.port, Tiny, "tiny")) as ear:
        ear.until_open()
        with pytest.raises(SourceError, match="in use by another program"):
            SerialSource(cable.port, Tiny, "second")
        with pytest.raises(SourceError, match="in use by another program"):
            SerialSource(cable.port, Tiny, "second", waits=True)
        cable.says(frame(61))
        ear.until_value(61)


def test_a_port_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as raised:
        SerialSource(str(tmp_path / "ttyUSB9"), Tiny, "tiny")
    words = str(raised.value)
    assert words.startswith(f"{tmp_path / 'ttyUSB9'} is not there: ")
    assert "serial port here" in words or "the ports here are " in words
    assert words.endswith("or wait for it with wait=1")


def test_a_file_is_no_port(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("")
    with pytest.raises(SourceError, match="notes: Could not configure port"):
        SerialSource(str(tmp_path / "notes"), Tiny, "tiny")


def test_a_port_one_may_not_open_is_explained_by_its_group(tmp_path: Path) -> None:
    port = tmp_path / "ttyS0"
    port.touch()
    port.chmod(0o660)
    group = grp.getgrgid(port.stat().st_gid).gr_name
    words = explain(str(port), serial.SerialException(errno.EACCES, "could not open port"))
    expected = f"it belongs to the group {group}: sudo usermod -aG {group} $USER, then log in again"
    assert words == f"{port}: permission denied: {expected}"
    port.chmod(0o600)
    words = explain(str(port), serial.SerialException(errno.EACCES, "could not open port"))
    assert "permission denied: it is open to its owner only" in words
    assert "usermod" not in words


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (serial.SerialException("could not open port 'COM3': PermissionError(13, 'Access is denied.')"), "in use by"),
        (serial.SerialException("could not open port 'COM3': FileNotFoundError(2, 'no file')"), "is not there"),
        (OSError(errno.EBUSY, "busy"), "in use by another program"),
        (ValueError("Invalid\nbaud rate"), ": Invalid baud rate"),
        (termios.error(5, "Input/output error"), ": (5, 'Input/output error')"),
        (TypeError(), ": TypeError"),
    ],
)
def test_every_failure_has_one_line(cable: Cable, error: Exception, words: str) -> None:
    assert explain(cable.port, error).startswith(cable.port)
    assert words in explain(cable.port, error)
    assert "\n" not in explain(cable.port, error)


def test_a_line_cannot_be_read_through(cable: Cable) -> None:
    with pytest.raises(SourceError, match="can only be listened to"):
        SerialSource(cable.port, Tiny, "tiny").readings()


# Names


def test_a_name_that_may_change_is_remarked_on_with_the_stable_one(tmp_path: Path) -> None:
    port = tmp_path / "ttyUSB0"
    port.touch()
    says = f"{port} may be another device after it was plugged in again"
    assert name_note(str(port), tmp_path) == f"{says}, and it has no stable name"
    for folder in ("by-path", "by-id"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "usb-adapter").symlink_to(port)
        assert name_note(str(port), tmp_path) == f"{says}: use {tmp_path / folder / 'usb-adapter'}"
    assert name_note(str(tmp_path / "by-id" / "usb-adapter"), tmp_path) == ""
    assert name_note("/dev/ttyS0", tmp_path) == ""
    assert name_note("COM3", tmp_path) == ""


# URLs


@pytest.fixture
def _tiny_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.sources.url.DEVICES", {"tiny": Tiny, "other": Tiny})


@pytest.mark.usefixtures("_tiny_is_known")
def test_a_port_by_its_url(cable: Cable) -> None:
    assert open_source(f"serial:{cable.port}?device=tiny").name == "tiny"
    assert open_source(f"serial:{cable.port}?device=tiny&baud=19200&name=bed+1").name == "bed 1"
    source = open_source(f"serial:{cable.port}?device=tiny&baud=115200")
    assert isinstance(source, SerialSource)
    with Listening(source) as ear:
        ear.until_open()
        cable.says(frame(61))
        assert statuses(ear.until_value(61))[-1].detail == f"{cable.port} at 115200 baud"
    assert open_source(f"serial:{cable.port}-later?device=tiny&wait=1").mode is Mode.LIVE


@pytest.mark.usefixtures("_tiny_is_known")
@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("serial:", "serial: names no port"),
        ("serial:COM3", "serial: names no device: add ?device=NAME, one of other, tiny"),
        ("serial:COM3?device=x", "serial: no device 'x': there is other, tiny"),
        ("serial:COM3?device=tiny&speed=2", "serial: no option 'speed': it has device, baud, parity, name, wait"),
        ("serial:COM3?device=tiny&baud=fast", "serial: option baud=fast: give a whole number from 50 to 4000000"),
        ("serial:COM3?device=tiny&baud=-9600", "give a whole number"),
        ("serial:COM3?device=tiny&baud=0", "give a whole number"),
        ("serial:COM3?device=tiny&parity=none", "serial: option parity=none: give N (none), O (odd) or E (even)"),
        ("serial:COM3?device=tiny&wait=yes", "serial: option wait=yes: give 0 or 1"),
        ("serial:COM3?device=tiny", "COM3 is not there"),
        ("serial:a\0b?device=tiny", "embedded null byte"),
    ],
)
def test_a_mistake_is_explained_in_one_line(url: str, words: str) -> None:
    with pytest.raises(SourceError) as raised:
        open_source(url)
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)
