"""`dripwatch doctor`: machines made for the test, each with one thing wrong, and what is said about it."""

import json
import os
import socket
from collections import namedtuple
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dashboard import machine as checked
from dashboard.__main__ import main
from dashboard.doctor import clock_steps, doctor, page, profiles
from dashboard.machine import Finding, Machine, State, clock, disk, port_thieves, ports, record
from dashboard.seen_and_heard import browser, lid, sleep, sound
from ingest.sources.port_names import Port
from ingest.sources.port_users import UDEV_RULE

NOW = datetime(2026, 3, 1, 13, tzinfo=UTC)
CARDS = " 0 [PCH            ]: HDA-Intel - HDA Intel PCH\n                      HDA Intel PCH at 0xe1a38000 irq 135\n"
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A laptop with Linux on which all is well."""
    write(tmp_path, "proc/asound/cards", CARDS)
    write(tmp_path, f"etc/udev/rules.d/{UDEV_RULE}", "")
    mount(tmp_path, "/", "ext4")
    return Machine(
        ports=(),
        root=tmp_path,
        platform="linux",
        environ={"DISPLAY": ":0"},
        which=lambda name: f"/usr/bin/{name}" if name in ("firefox", "paplay") else None,
        stays_awake=lambda: True,
        is_clock_kept=lambda: True,
    )


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)


def run(root: Path, pid: int, name: str) -> None:
    write(root, f"proc/{pid}/comm", f"{name}\n")


def mount(root: Path, place: str | Path, kind: str) -> None:
    with (root / "proc").joinpath("self_mountinfo").open("a") as file:
        file.write(f"22 27 0:21 / {place} rw,relatime shared:1 - {kind} /dev/sda1 rw\n")
    (root / "proc/self").mkdir(exist_ok=True)
    (root / "proc/self/mountinfo").write_text((root / "proc/self_mountinfo").read_text())


def told(finding: Finding) -> tuple[State, str]:
    """The state, and everything that is said."""
    return finding.state, f"{finding.says} -> {finding.fix}"


def examined(machine: Machine, data: Path, as_json: bool = False) -> int:
    return doctor(str(data), None, 0, as_json=as_json, wall_clock=lambda: datetime.now(UTC), machine=machine)


# All of it


def test_a_machine_that_is_ready(machine: Machine, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert examined(machine, tmp_path / "data") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "Ready."
    assert [line.split()[0] for line in lines[:-1]] == ["ok"] * 13
    assert not (tmp_path / "data").exists()  # looked at, not made


def test_one_failure_is_exit_status_1(machine: Machine, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "proc/asound/cards", "--- no soundcards ---\n")
    assert examined(replace(machine, stays_awake=lambda: False), tmp_path) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "Not ready: 1 to repair first (FAIL), 1 to look at (warn)."
    at = next(n for n, line in enumerate(lines) if line.startswith("FAIL  sound "))
    assert lines[at + 1].strip() == "-> connect or enable a loudspeaker"


def test_json_is_one_object_a_check(machine: Machine, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert examined(replace(machine, stays_awake=lambda: False), tmp_path, as_json=True) == 0
    rows = {row["check"]: row for row in map(json.loads, capsys.readouterr().out.splitlines())}
    assert rows["sleep"] == {
        "check": "sleep",
        "state": "warn",
        "says": "a session cannot keep this machine awake",
        "fix": "switch its sleep and screen-off settings off",
    }


def test_on_another_system_what_cannot_be_seen_is_not_said_to_be_well(
    machine: Machine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = replace(machine, platform="darwin", root=tmp_path / "nothing", is_clock_kept=lambda: None)
    assert examined(other, tmp_path) == 0
    out = capsys.readouterr().out
    for check in ("port thieves", "sound", "lid", "browser"):
        assert f"-     {check:<13} not checked here" in out
    assert "whether it is kept right was not checked here" in out


def test_the_command_runs_on_this_machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["doctor", "--data", str(tmp_path), "--port", "0", "--json"])
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert status == any(row["state"] == "FAIL" for row in rows)
    assert {row["state"] for row in rows} <= {"ok", "warn", "FAIL", "not checked"}
    assert all(row["fix"] for row in rows if row["state"] in ("warn", "FAIL"))
    assert all("\n" not in row["says"] + row["fix"] for row in rows)


# Program


def test_a_page_that_cannot_be_served_and_a_profile_that_cannot_be_read(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        state, words = told(page(other.getsockname()[1]))
    assert state is State.FAIL
    assert words.endswith("-> choose another with --port, or stop the program that has it")
    write(tmp_path, "clinic.toml", "name = ")
    state, words = told(profiles([str(tmp_path / "clinic.toml")]))
    assert state is State.FAIL
    assert "clinic.toml" in words


# Serial ports


def test_a_port_this_user_may_not_open(machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "ttyUSB0", "")
    (tmp_path / "ttyUSB0").chmod(0o660)
    name = str(tmp_path / "ttyUSB0")
    plugged = replace(machine, ports=(Port(name, name),))
    assert ports(plugged) == Finding("ports", State.OK, name)
    monkeypatch.setattr("os.access", lambda *_: False)
    assert ports(replace(machine, ports=(Port("/dev/ttyS0", "/dev/ttyS0"),))).state is State.OK  # nobody's
    state, words = told(ports(plugged))
    assert state is State.FAIL
    assert words.startswith(f"this user may not open {name} -> it belongs to the group ")


def test_a_port_somebody_has(machine: Machine, tmp_path: Path) -> None:
    write(tmp_path, "ttyUSB0", "")
    run(tmp_path, 812, "ModemManager")
    (tmp_path / "proc/812/fd").mkdir()
    (tmp_path / "proc/812/fd/9").symlink_to(tmp_path / "ttyUSB0")
    name = str(tmp_path / "ttyUSB0")
    state, words = told(ports(replace(machine, ports=(Port(name, name),))))
    assert (state, words.split(":")[0]) == (State.WARN, f"{name} is in use by ModemManager (process 812) -> it takes "
        "every new port for a modem")  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="groups")
def test_without_a_port_the_groups_are_looked_at(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert told(ports(machine))[0] is State.OK  # our udev rule opens them to who is logged in
    (tmp_path / f"etc/udev/rules.d/{UDEV_RULE}").unlink()
    monkeypatch.setattr(checked, "is_joined", lambda group: False)
    state, words = told(ports(machine))
    assert state is State.WARN
    assert "sudo usermod -aG dialout $USER, then log in again" in words
    monkeypatch.setattr(checked, "is_joined", lambda group: group == "uucp")
    assert told(ports(machine))[0] is State.OK


def test_programs_that_take_ports_are_named_with_what_to_do(machine: Machine, tmp_path: Path) -> None:
    run(tmp_path, 90, "brltty")
    run(tmp_path, 812, "ModemManager")
    state, words = told(port_thieves(machine))  # the rule keeps ModemManager off
    assert state is State.WARN
    assert words.startswith("running: brltty (process 90) -> it takes adapters for Braille")
    (tmp_path / f"etc/udev/rules.d/{UDEV_RULE}").unlink()
    words = told(port_thieves(machine))[1]
    assert words.startswith("running: brltty (process 90) and ModemManager (process 812) -> ")
    assert f"install docs/{UDEV_RULE}" in words


# The record


@pytest.mark.parametrize(
    ("free", "state"), [(2 * 10**9, State.OK), (2 * 10**9 - 1, State.WARN), (512 * 10**6 - 1, State.FAIL)]
)
def test_room_on_the_disk(free: int, state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: Usage(10**12, 0, free))
    assert disk(tmp_path / "not" / "yet" / "made").state is state


@pytest.mark.parametrize(
    ("kind", "state", "words"),
    [
        ("ext4", State.OK, "can be written (ext4)"),
        ("tmpfs", State.FAIL, "lies in memory (tmpfs): a restart forgets it"),
        ("nfs4", State.FAIL, "lies on another computer (nfs4)"),
        ("fuse.sshfs", State.FAIL, "lies on another computer"),
    ],
)
def test_where_the_record_lies(kind: str, state: State, words: str, machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "a disk").mkdir()
    mount(tmp_path, str(tmp_path / "a disk").replace(" ", "\\040"), kind)
    mount(tmp_path, str(tmp_path) + "/a", "tmpfs")  # another name with the same beginning
    finding = record(machine, tmp_path / "a disk" / "dripwatch")
    assert (finding.state, words in finding.says) == (state, True)


def test_a_record_that_cannot_be_written(machine: Machine, tmp_path: Path) -> None:
    write(tmp_path, "file", "")
    for place in (tmp_path / "file", tmp_path / "file" / "data"):
        state, words = told(record(machine, place))
        assert (state, words) == (State.FAIL, f"{place} cannot be written -> choose another directory with --data")


# The clock


def test_the_clock(machine: Machine) -> None:
    assert clock(machine, NOW).state is State.OK
    assert clock(replace(machine, is_clock_kept=lambda: False), NOW).state is State.WARN
    assert clock(replace(machine, is_clock_kept=lambda: None), NOW).state is State.UNKNOWN
    assert clock(machine, NOW.replace(year=1970)).state is State.FAIL


def test_a_clock_that_is_put_while_we_look(machine: Machine, tmp_path: Path) -> None:
    assert clock_steps(0.0).state is State.OK
    state, words = told(clock_steps(-3600.0))
    assert state is State.WARN
    assert words.startswith("the clock was put by -3600.0 s while this ran")
    times = iter([NOW, NOW + timedelta(hours=1)])
    assert doctor(str(tmp_path), None, 0, as_json=True, wall_clock=lambda: next(times), machine=machine) == 0


# Seen and heard


def test_sound(machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sound(machine).says == "HDA-Intel - HDA Intel PCH: turn it up and listen to a test tone"
    monkeypatch.setattr("dashboard.seen_and_heard.find_spec", lambda name: None)
    state, words = told(sound(replace(machine, which=lambda name: None)))
    assert (state, "no player: only the browser sounds" in words) == (State.WARN, True)
    (tmp_path / "proc/asound/cards").unlink()
    assert sound(machine).state is State.FAIL
    write(tmp_path, "run/pipewire-0", "")  # a sound server, as in a container or over the network
    assert sound(replace(machine, environ={"XDG_RUNTIME_DIR": str(tmp_path / "run")})).state is State.OK


def test_sleep(machine: Machine) -> None:
    assert sleep(machine).state is State.OK
    assert sleep(replace(machine, stays_awake=lambda: False)).state is State.WARN


def test_the_lid(machine: Machine, tmp_path: Path) -> None:
    assert lid(machine) == Finding("lid", State.OK, "this machine has none")
    write(tmp_path, "proc/acpi/button/lid/LID0/state", "state:      open\n")
    assert "closing it ends the monitoring (HandleLidSwitch=suspend)" in lid(machine).says
    write(tmp_path, "etc/systemd/logind.conf", "[Login]\n#HandleLidSwitch=ignore\nHandleLidSwitchDocked=ignore\n")
    assert lid(machine).state is State.WARN
    write(tmp_path, "etc/systemd/logind.conf.d/dripwatch.conf", "[Login]\nHandleLidSwitch=ignore\n")
    assert lid(machine) == Finding("lid", State.OK, "closing it does no harm (HandleLidSwitch=ignore)")


def test_the_browser(machine: Machine) -> None:
    assert browser(machine) == Finding("browser", State.OK, "firefox")
    assert told(browser(replace(machine, environ={}))) == (
        State.WARN,
        "firefox, but no screen in this session -> start Dripwatch from the desktop",
    )
    assert browser(replace(machine, which=lambda name: None)).state is State.WARN
