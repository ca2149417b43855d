"""Can an alarm of this machine be seen and heard: sound, sleep, lid and browser, as `dripwatch doctor` sees them."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from dashboard.machine import Finding, Machine, State, text_of, unknown

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "firefox")
PLAYERS = ("pw-play", "paplay", "aplay")


def seen_and_heard(machine: Machine) -> Iterator[Finding]:
    """All four."""
    yield sound(machine)
    yield sleep(machine)
    yield lid(machine)
    yield browser(machine)


def sound(machine: Machine) -> Finding:
    """Whether an alarm could be heard. Muted or turned down cannot be told from here."""
    if not machine.is_linux:
        return unknown("sound")
    cards = [line for line in text_of(machine.root / "proc/asound/cards").splitlines() if "]: " in line]
    runtime = Path(machine.environ.get("XDG_RUNTIME_DIR", "/nonexistent"))
    if not cards and not any((runtime / socket).exists() for socket in ("pipewire-0", "pulse/native")):
        says = "this machine has no sound device: alarms could only be seen"
        return Finding("sound", State.FAIL, says, "connect or enable a loudspeaker")
    names = ", ".join(card.split("]: ", 1)[1].strip() for card in cards) or "a sound server"
    if not find_spec("miniaudio") and not any(map(machine.which, PLAYERS)):
        return Finding("sound", State.WARN, f"{names}, but no player: only the browser sounds", "touch the page once")
    return Finding("sound", State.OK, f"{names}: turn it up and listen to a test tone")


def sleep(machine: Machine) -> Finding:
    """Whether the system lets a session keep it awake: tried, for a moment."""
    if machine.stays_awake():
        return Finding("sleep", State.OK, "a session keeps this machine awake")
    says, fix = "a session cannot keep this machine awake", "switch its sleep and screen-off settings off"
    return Finding("sleep", State.WARN, says, fix)


def lid(machine: Machine) -> Finding:
    """What closing the lid does, as the system is set; a desktop may have a setting of its own."""
    if not machine.is_linux:
        return unknown("lid")
    if not list(machine.root.glob("proc/acpi/button/lid/*")):
        return Finding("lid", State.OK, "this machine has none")
    folders = ("usr/lib/systemd", "etc/systemd")
    files = [file for folder in folders for file in sorted((machine.root / folder).glob("logind.conf.d/*.conf"))]
    action = "suspend"
    for file in (machine.root / "etc/systemd/logind.conf", *files):
        for line in text_of(file).splitlines():
            if line.strip().startswith("HandleLidSwitch="):
                action = line.partition("=")[2].strip()
    if action in {"ignore", "lock"}:
        return Finding("lid", State.OK, f"closing it does no harm (HandleLidSwitch={action})")
    fix = "leave it open, or write [Login] and HandleLidSwitch=ignore into /etc/systemd/logind.conf.d/dripwatch.conf"
    return Finding("lid", State.WARN, f"closing it ends the monitoring (HandleLidSwitch={action})", fix)


def browser(machine: Machine) -> Finding:
    """Whether the page can be shown on this machine."""
    if not machine.is_linux:
        return unknown("browser")
    found = next((name for name in BROWSERS if machine.which(name)), None)
    if found is None:
        return Finding("browser", State.WARN, "none found here", "install chromium or firefox")
    if not machine.environ.get("DISPLAY") and not machine.environ.get("WAYLAND_DISPLAY"):
        says, fix = f"{found}, but no screen in this session", "start Dripwatch from the desktop"
        return Finding("browser", State.WARN, says, fix)
    return Finding("browser", State.OK, found)
