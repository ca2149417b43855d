"""What a serial port is called, whose adapter it is, and why it cannot be used: all that needs no open port.

A bridge chip is not a device: the same chip is in an oximeter's cable and in any adapter from the shop, so what is
said from its numbers is a guess and is called one.
"""

import errno
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Port:
    """A port of this machine. `name` is the stable one if it has one; `usb` its adapter's vendor and product number."""

    name: str
    kernel_name: str
    maker: str = ""
    product: str = ""
    serial_number: str = ""
    usb: tuple[int, int] | None = None

    @property
    def is_built_in(self) -> bool:
        """A port of the computer's own, of which Linux names up to 32 whether there is a socket or not."""
        return self.usb is None and Path(self.kernel_name).name.startswith("ttyS")


@dataclass(frozen=True, slots=True)
class Bridge:
    """A USB chip with a serial line behind it, and the devices whose own cables are known to have it."""

    chip: str
    guesses: tuple[str, ...] = ()


BRIDGES: Mapping[tuple[int, int], Bridge] = MappingProxyType(
    {
        (0x10C4, 0xEA60): Bridge("Silicon Labs CP210x", ("contec-v7", "contec-5byte")),
        (0x0403, 0x6001): Bridge("FTDI FT232", ("nonin-df2", "nonin-df1", "nonin-df7", "nonin-df8")),
        (0x067B, 0x2303): Bridge("Prolific PL2303"),
        (0x1A86, 0x7523): Bridge("WCH CH340"),
    }
)
"""By USB vendor and product. docs/60-dripwatch.rules names the same (a test compares them)."""

NO_BRIDGE = Bridge("")


def bridge(port: Port) -> Bridge:
    """The chip behind a port, as far as it is known."""
    return BRIDGES.get(port.usb, NO_BRIDGE) if port.usb else NO_BRIDGE


def is_missing(error: Exception) -> bool:
    """Whether a port could not be opened because there is none. Windows' pyserial says it in words only."""
    return getattr(error, "errno", None) in {errno.ENOENT, errno.ENXIO, errno.ENODEV} or "FileNotFound" in str(error)


def explain(port: str, error: Exception) -> str:
    """Why a port cannot be used, and what to do, in one line."""
    number, text = getattr(error, "errno", None), " ".join(str(error).split())
    if is_missing(error) or (os.name == "posix" and isinstance(error, OSError) and not Path(port).exists()):
        return f"{port} is not there"
    if number in {errno.EBUSY, errno.EAGAIN} or "PermissionError" in text:  # on Windows nothing else denies it
        return f"{port}: in use by another program: end that one"
    if number in {errno.EACCES, errno.EPERM}:
        return f"{port}: permission denied: {_how_to_be_permitted(port)}"
    return f"{port}: {text or type(error).__name__}"


def denied(port: str) -> str:
    """Why this user may not open the port and what to do; "" if nothing stands against it."""
    if os.name != "posix" or os.access(port, os.R_OK | os.W_OK):
        return ""
    return _how_to_be_permitted(port)


def _how_to_be_permitted(port: str) -> str:
    """A group is worth joining only if the port is open to it: nobody should be sent into the group root."""
    try:
        is_shared, group = Path(port).stat().st_mode & stat.S_IRGRP, Path(port).group()
    except (KeyError, OSError):
        is_shared, group = 0, ""
    if is_shared and is_joined(group):
        return f"it belongs to the group {group}, which you joined after you logged in: log out and in again"
    if is_shared:
        return f"it belongs to the group {group}: sudo usermod -aG {group} $USER, then log in again"
    return (
        "it is open to its owner only: an administrator has to open it to a group (dialout or uucp) and you to join it"
    )


def is_joined(group: str) -> bool:
    """Whether the list of groups has this user in it: counts only from the next login on."""
    import grp  # not on Windows
    import pwd

    with suppress(KeyError):
        return pwd.getpwuid(os.getuid()).pw_name in grp.getgrnam(group).gr_mem
    return False


def stable_name(port: str, folder: Path = Path("/dev/serial")) -> str:
    """The name under which the port is found again after a replug; "" if it has none."""
    links = [*sorted(folder.glob("by-id/*")), *sorted(folder.glob("by-path/*"))]
    return next((str(link) for link in links if link.resolve() == Path(port).resolve()), "")


def name_note(port: str, folder: Path = Path("/dev/serial")) -> str:
    """A remark on a port whose name may be another device's next time (H12), with its stable name if it has one."""
    if not Path(port).name.startswith(("ttyUSB", "ttyACM")) or Path(port).is_symlink():
        return ""
    note, stable = f"{port} may be another device after it was plugged in again", stable_name(port, folder)
    return f"{note}: use {stable}" if stable else f"{note}, and it has no stable name"
