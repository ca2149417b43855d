"""The machine under the monitor, as `dripwatch doctor` sees it: serial ports, disk and clock. Nothing is changed.

Only Linux shows most of it in files; elsewhere a check says that it was not made, and never that all is well.
"""

import ctypes
import os
import shutil
import struct
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from wakepy import keep

from ingest.sources.port_names import Port, denied, is_joined
from ingest.sources.port_users import how_to_stop, is_rule_there, thieves, users


class State(StrEnum):
    """How grave a finding is. FAIL: a session would not work, not be kept, or not be heard."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"
    UNKNOWN = "not checked"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was found and, unless all is well, what to do."""

    check: str
    state: State
    says: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """What the checks look at; another one in tests. `ports` are the serial ports, `stays_awake` tries to."""

    ports: Sequence[Port]
    root: Path = Path("/")
    platform: str = sys.platform
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    which: Callable[[str], str | None] = shutil.which
    stays_awake: Callable[[], bool] = lambda: _stays_awake()
    is_clock_kept: Callable[[], bool | None] = lambda: _is_clock_kept()

    @property
    def is_linux(self) -> bool:
        """Whether there are files to read."""
        return self.platform == "linux"


GROUPS = ("dialout", "uucp")
"""Who may open serial ports: on Debian, Ubuntu and Fedora; on Arch."""

WARN_BYTES, FAIL_BYTES = 2 * 10**9, 512 * 10**6
"""Free bytes. A long session with everything a monitor sends takes some ten million."""

REMOTE = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "afs", "ceph", "glusterfs"})
"""File systems on which SQLite's log and locks are not safe."""

FORGETFUL = frozenset({"tmpfs", "ramfs"})

BUILT = 2025
"""No clock that is right is before this year."""


def checks(machine: Machine, place: Path, now: datetime) -> Iterator[Finding]:
    """Serial ports, disk and clock. `place` is where the record goes, `now` the wall clock in UTC."""
    yield ports(machine)
    yield port_thieves(machine)
    yield record(machine, place)
    yield disk(place)
    yield clock(machine, now)


def ports(machine: Machine) -> Finding:
    """Whether this user may open the serial ports that are there, and would be allowed to open a new one."""
    plugged = [port for port in machine.ports if not port.is_built_in]
    if refused := [(port, why) for port in plugged if (why := denied(port.name))]:
        names = ", ".join(port.name for port, _ in refused)
        return Finding("ports", State.FAIL, f"this user may not open {names}", refused[0][1])
    if used := [(port, found) for port in plugged if (found := users(port.name, machine.root))]:
        says = ", ".join(f"{port.name} is in use by {found[0]}" for port, found in used)
        return Finding("ports", State.WARN, says, how_to_stop(used[0][1][0].name))
    if plugged:
        return Finding("ports", State.OK, ", ".join(port.name for port in plugged))
    says = "no serial adapter is plugged in now"
    if machine.is_linux and not _is_permitted(machine):
        fix = f"sudo usermod -aG {GROUPS[0]} $USER, then log in again"
        return Finding("ports", State.WARN, f"{says}, and this user could not open one", fix)
    return Finding("ports", State.OK, says)


def _is_permitted(machine: Machine) -> bool:
    return os.geteuid() == 0 or is_rule_there(machine.root) or any(map(is_joined, GROUPS))


def port_thieves(machine: Machine) -> Finding:
    """Programs that take serial ports."""
    if not machine.is_linux:
        return unknown("port thieves")
    if found := thieves(machine.root):
        says = " and ".join(map(str, found))
        return Finding("port thieves", State.WARN, f"running: {says}", "; ".join(how_to_stop(t.name) for t in found))
    return Finding("port thieves", State.OK, "ModemManager and brltty do not run, or are kept off")


def record(machine: Machine, place: Path) -> Finding:
    """Whether the record can be written where it goes, and would still be there tomorrow."""
    there = _nearest(place)
    if not _can_write(place, there):
        return Finding("record", State.FAIL, f"{place} cannot be written", "choose another directory with --data")
    kind = _file_system(machine.root, there)
    if kind in FORGETFUL:
        says = f"{place} lies in memory ({kind}): a restart forgets it"
        return Finding("record", State.FAIL, says, "choose a directory on a disk with --data")
    if kind in REMOTE:
        says = f"{place} lies on another computer ({kind}): a record there is not safe"
        return Finding("record", State.FAIL, says, "choose a directory on this computer's disk with --data")
    return Finding("record", State.OK, f"{place} can be written{f' ({kind})' if kind else ''}")


def disk(place: Path) -> Finding:
    """Room for the record."""
    free = shutil.disk_usage(_nearest(place)).free
    says = f"{free / 10**9:.1f} GB are free for the record"
    if free < WARN_BYTES:
        return Finding("disk", State.FAIL if free < FAIL_BYTES else State.WARN, says, "make room on that disk")
    return Finding("disk", State.OK, says)


def _nearest(place: Path) -> Path:
    """The directory itself or, if it is not made yet, the next above that is there."""
    return next(folder for folder in (place, *place.absolute().parents) if folder.exists())


def _can_write(place: Path, there: Path) -> bool:
    if there != place:
        return there.is_dir() and os.access(there, os.W_OK | os.X_OK)
    try:
        with tempfile.TemporaryFile(dir=place):
            return True
    except OSError:
        return False


def _file_system(root: Path, there: Path) -> str:
    """What kind of file system this is; "" where the system does not say."""
    mounts: dict[Path, str] = {}
    with suppress(OSError):
        for line in (root / "proc/self/mountinfo").read_text("utf-8", "replace").splitlines():
            before, _, after = line.partition(" - ")
            mounts[Path(before.split()[4].replace("\\040", " "))] = after.split()[0]
    return next((mounts[folder] for folder in (there.resolve(), *there.resolve().parents) if folder in mounts), "")


def clock(machine: Machine, now: datetime) -> Finding:
    """The wall clock: only the label of what is recorded, but people compare it."""
    says = f"{now.astimezone():%Y-%m-%d %H:%M:%S %Z}"
    if now.year < BUILT:
        return Finding("clock", State.FAIL, f"{says} cannot be right", "set the date and time")
    match machine.is_clock_kept():
        case True:
            return Finding("clock", State.OK, f"{says}, kept right by a time server")
        case False:
            fix = "compare it with another clock; sudo timedatectl set-ntp true"
            return Finding("clock", State.WARN, f"{says}, not kept right by a time server", fix)
        case _:
            return Finding("clock", State.UNKNOWN, f"{says}; whether it is kept right was not checked here")


def _is_clock_kept() -> bool | None:
    """What the kernel says of its clock (adjtimex, asked without setting anything); None: no such kernel."""
    if sys.platform != "linux" or struct.calcsize("P") != 8:
        return None
    timex, most_us = ctypes.create_string_buffer(512), 16_000_000  # systemd takes this error for "not synchronised"
    if ctypes.CDLL(None).adjtimex(timex) < 0:
        return None
    *_, error_us = struct.unpack_from("@Iqqq", timex)  # modes, offset, frequency, maxerror
    return bool(error_us < most_us)


def _stays_awake() -> bool:
    is_active = False
    with keep.presenting(on_fail="pass") as awake:
        is_active = awake.active
    return is_active  # noqa: RET504 -- returned from inside, mypy fears a context that swallows errors


def unknown(check: str) -> Finding:
    """A check that cannot be made on this system."""
    return Finding(check, State.UNKNOWN, "not checked here: only on Linux")


def text_of(path: Path) -> str:
    """A file's text; "" if it cannot be read."""
    with suppress(OSError):
        return path.read_text("utf-8", "replace")
    return ""
