"""Which programs have a port open, or take ports away from others: read from /proc, so known on Linux only."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/")
"""Of the file system: another one in tests."""

PSEUDO_TERMINALS = Path("/dev/pts")
UDEV_RULE = "60-dripwatch.rules"
"""The file in docs/ that keeps ModemManager off the bridges we know."""

_RULES = ("etc/udev/rules.d", "usr/local/lib/udev/rules.d", "usr/lib/udev/rules.d", "lib/udev/rules.d")


@dataclass(frozen=True, slots=True)
class Process:
    """A running program."""

    pid: int
    name: str

    def __str__(self) -> str:
        return f"{self.name} (process {self.pid})"


def users(port: str, root: Path = ROOT) -> list[Process]:
    """Who has the port open, as far as this user may see: other users' programs only root can look into.

    Of a pseudo-terminal nobody is said: the program that plays the device has to keep it open.
    """
    node = Path(port).resolve()
    if PSEUDO_TERMINALS in node.parents:
        return []
    return [process for process in _processes(root) if node in _files(root, process.pid)]


def thieves(root: Path = ROOT) -> list[Process]:
    """Running programs that are known to take ports that are not theirs, and are not kept from it by our udev rule."""
    known = {"brltty"} if is_rule_there(root) else {"brltty", "ModemManager"}
    return [process for process in _processes(root) if process.name in known]


def is_rule_there(root: Path = ROOT) -> bool:
    """Whether our udev rule is installed."""
    return any((root / folder / UDEV_RULE).exists() for folder in _RULES)


def how_to_stop(name: str) -> str:
    """What to do about a program that has a port."""
    match name:
        case "ModemManager":
            return f"it takes every new port for a modem: install docs/{UDEV_RULE}, or sudo systemctl mask --now {name}"
        case "brltty":
            return (
                "it takes adapters for Braille displays: if nobody here reads Braille, "
                "sudo systemctl mask --now brltty-udev.service brltty.service, then plug the adapter in again"
            )
    return "end that program"


def _processes(root: Path) -> list[Process]:
    """All running programs, oldest number first; none where there is no /proc."""
    found = []
    for folder in (root / "proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile
            found.append(Process(int(folder.name), (folder / "comm").read_text("utf-8", "replace").strip()))
    return sorted(found, key=lambda process: process.pid)


def _files(root: Path, pid: int) -> Iterator[Path]:
    """The open files of a process; none if we may not look."""
    with suppress(OSError):
        for link in (root / "proc" / str(pid) / "fd").iterdir():
            with suppress(OSError):
                yield link.readlink()
