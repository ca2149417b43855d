"""Who has a port: looked up in a /proc and a /etc made for the test."""

import re
from pathlib import Path

import pytest

from ingest.sources import port_names
from ingest.sources.port_names import BRIDGES, Port, bridge, denied, stable_name
from ingest.sources.port_users import UDEV_RULE, Process, how_to_stop, is_rule_there, thieves, users

RULE = Path(__file__).parents[3] / "docs" / UDEV_RULE


def run(root: Path, pid: int, name: str, *files: Path) -> None:
    """A process that has these files open."""
    folder = root / "proc" / str(pid)
    (folder / "fd").mkdir(parents=True)
    (folder / "comm").write_text(f"{name}\n")
    for number, file in enumerate(files):
        (folder / "fd" / str(number)).symlink_to(file)


@pytest.fixture
def port(tmp_path: Path) -> Path:
    path = tmp_path / "ttyUSB0"
    path.touch()
    return path


def test_the_program_that_has_the_port_is_named_by_any_name_of_the_port(tmp_path: Path, port: Path) -> None:
    run(tmp_path, 812, "ModemManager", Path("/dev/null"), port)
    run(tmp_path, 7, "cat", Path("/dev/null"))
    link = tmp_path / "usb-adapter"
    link.symlink_to(port)
    assert users(str(port), tmp_path) == users(str(link), tmp_path) == [Process(812, "ModemManager")]
    assert str(users(str(port), tmp_path)[0]) == "ModemManager (process 812)"
    assert users(str(tmp_path / "ttyUSB1"), tmp_path) == []


def test_what_we_may_not_look_into_and_what_has_ended_is_passed_over(tmp_path: Path, port: Path) -> None:
    (tmp_path / "proc" / "1").mkdir(parents=True)  # no comm: it has just ended
    (tmp_path / "proc" / "2").mkdir()
    (tmp_path / "proc" / "2" / "comm").write_text("root's own\n")  # no fd to be seen
    (tmp_path / "proc" / "cpuinfo").touch()
    run(tmp_path, 30, "reader", port)
    assert users(str(port), tmp_path) == [Process(30, "reader")]


def test_without_proc_nobody_is_known(tmp_path: Path, port: Path) -> None:
    assert users(str(port), tmp_path) == []
    assert thieves(tmp_path) == []


def test_thieves_are_known_by_name_and_modemmanager_is_none_with_our_rule(tmp_path: Path) -> None:
    run(tmp_path, 812, "ModemManager")
    run(tmp_path, 90, "brltty")
    run(tmp_path, 91, "bash")
    assert thieves(tmp_path) == [Process(90, "brltty"), Process(812, "ModemManager")]
    rules = tmp_path / "etc" / "udev" / "rules.d"
    rules.mkdir(parents=True)
    (rules / UDEV_RULE).touch()
    assert is_rule_there(tmp_path)
    assert thieves(tmp_path) == [Process(90, "brltty")]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ModemManager", "install docs/60-dripwatch.rules"),
        ("brltty", "sudo systemctl mask --now brltty-udev.service brltty.service"),
        ("minicom", "end that program"),
    ],
)
def test_each_is_told_how_to_be_stopped(name: str, words: str) -> None:
    assert words in how_to_stop(name)


# Adapters


def test_a_chip_is_known_and_what_may_hang_on_it_is_only_a_guess() -> None:
    assert bridge(Port("COM3", "COM3", usb=(0x10C4, 0xEA60))).guesses == ("contec-v7", "contec-5byte")
    assert bridge(Port("COM4", "COM4", usb=(0x1A86, 0x7523))).guesses == ()
    assert bridge(Port("COM5", "COM5", usb=(0x1234, 0x5678))).chip == ""
    assert bridge(Port("COM1", "COM1")).chip == ""


def test_the_udev_rule_covers_each_bridge_twice_and_no_other() -> None:
    """Once as a device that is no modem, once as a port that people may open."""
    lines = [line for line in RULE.read_text().splitlines() if line and not line.startswith("#")]
    pairs = [re.findall(r'ATTRS?\{id(?:Vendor|Product)\}=="([0-9a-f]{4})"', line) for line in lines]
    numbers = [tuple(int(number, 16) for number in pair) for pair in pairs if pair]
    assert sorted(numbers) == sorted([*BRIDGES, *BRIDGES])
    devices = [line for line in lines if 'ENV{ID_MM_DEVICE_IGNORE}="1"' in line]
    ports = [line for line in lines if 'GROUP="dialout", MODE="0660", TAG+="uaccess"' in line]
    assert len(devices) == len(ports) == len(BRIDGES)
    assert all('ENV{ID_MM_PORT_IGNORE}="1"' in line for line in ports)
    assert all('SUBSYSTEM=="usb", ENV{DEVTYPE}=="usb_device"' in line for line in devices)


def test_the_udev_rule_is_written_in_udevs_language() -> None:
    """Every line is a list of key, operator, quoted value; every GOTO has its LABEL."""
    text = RULE.read_text()
    assignment = r'[A-Z]+(?:\{\w+\})?(?:==|!=|\+=|=)"[^"]*"'
    for line in text.splitlines():
        assert not line or line.startswith("#") or re.fullmatch(rf"{assignment}(?:, {assignment})*", line), line
    assert set(re.findall(r'GOTO="(\w+)"', text)) == set(re.findall(r'LABEL="(\w+)"', text))


# Permission and names


def test_a_group_that_was_joined_counts_from_the_next_login(port: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port.chmod(0o660)
    assert denied(str(port)) == ""
    monkeypatch.setattr("os.access", lambda *_: False)
    monkeypatch.setattr(port_names, "is_joined", lambda group: False)
    assert "sudo usermod -aG" in denied(str(port))
    monkeypatch.setattr(port_names, "is_joined", lambda group: True)
    assert denied(str(port)).endswith("which you joined after you logged in: log out and in again")


def test_the_stable_name_of_a_port(tmp_path: Path, port: Path) -> None:
    assert stable_name(str(port), tmp_path) == ""
    (tmp_path / "by-id").mkdir()
    (tmp_path / "by-id" / "usb-FTDI").symlink_to(port)
    assert stable_name(str(port), tmp_path) == str(tmp_path / "by-id" / "usb-FTDI")
