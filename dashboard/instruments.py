"""Devices, their lines, the cuff and the record in words and states for the bedside screen (pure)."""

from alerts.model import Priority
from alerts.snapshot import Device, Snapshot
from dashboard.feed import Session
from ingest.model import SECOND, Condition, DeviceState, Signal

SOURCES = 4
"""Devices the screen has room for."""

View = dict[str, str]

BREATH = frozenset({Condition.NO_BREATH})
BESIDES = frozenset({Condition.LOW_BATTERY, Condition.MEASURING})
"""They say nothing of a number beside which they might stand."""


def instruments(snapshot: Snapshot, session: Session, now: int) -> View:
    """All of it at session time `now` (microseconds)."""
    view: View = {}
    for i in range(SOURCES):
        device = snapshot.devices[i] if i < len(snapshot.devices) else None
        view |= _device(f"source-{i}", f"device-{i}", device, snapshot, now)
    return view | _cuff(snapshot, now) | _record(snapshot, session)


def condition(snapshot: Snapshot, signal: Signal) -> str:
    """The technical state of the device that gives `signal`, where it concerns this number; else ""."""
    owner = snapshot.samples[signal].source if signal in snapshot.samples else None
    device = next((d for d in snapshot.devices if signal in d.signals and owner in (None, d.source)), None)
    if device is None:
        return ""
    concerned = BREATH if signal in (Signal.RR, Signal.ETCO2) else frozenset(Condition) - BREATH - BESIDES
    return next((c for c in Condition if c in device.conditions & concerned), "")


def duration(t: int) -> str:
    """Microseconds as m:ss, or h:mm:ss from an hour on."""
    seconds = t // SECOND
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"


def _device(chip: str, row: str, device: Device | None, snapshot: Snapshot, now: int) -> View:
    if device is None:
        return {chip: "", f"{chip}@state": "", f"{row}-name": "", f"{row}-state": "", f"{row}-line": ""}
    state = _state(device, snapshot)
    is_low = Condition.LOW_BATTERY in device.conditions
    return {
        chip: f"{device.source} · {Condition.LOW_BATTERY}" if is_low else device.source,
        f"{chip}@state": "late" if is_low and state == "ok" else state,
        f"{row}-name": device.source,
        f"{row}-state": _state_words(device, state),
        f"{row}-line": _line(device, now),
    }


def _state(device: Device, snapshot: Snapshot) -> str:
    if device.state is DeviceState.ENDED:
        return "ended"
    alarm = next((o for o in snapshot.occurrences if o.rule == "T-4" and o.signal == device.source), None)
    if device.state is DeviceState.DISCONNECTED or (alarm and alarm.priority > Priority.LOW):
        return "lost"
    return "late" if alarm else "ok"


def _state_words(device: Device, state: str) -> str:
    words = {"ok": "connected", "late": "no data", "lost": "no data", "ended": "ended"}[state]
    more = [device.detail, *(c for c in Condition if c in device.conditions)]
    return " · ".join([words, *(text for text in more if text)])


def _line(device: Device, now: int) -> str:
    """What every "no data" comes down to: do bytes come, and are they understood?"""
    c = device.counters
    if c is None:
        return "not on a serial line"
    good = "none yet" if device.last_good is None else f"last {max(0, now - device.last_good) // SECOND} s ago"
    return (
        f"{c.bytes_in:,} bytes · {c.frames:,} good frames ({good}) · "
        f"{c.bad_checksums:,} bad checksums · {c.resyncs:,} resyncs"
    )


def _cuff(snapshot: Snapshot, now: int) -> View:
    cuff = None if snapshot.is_ended else snapshot.cuff
    if cuff is None:
        return {"screen@cuff": "", "cuff-state": "", "interval-state": "", "nibp-next": ""}
    state = "lost" if not cuff.is_connected else "measuring" if cuff.is_measuring else "ready"
    left = None if cuff.next_at is None else max(0, cuff.next_at - now) + SECOND - 1
    following = "" if left is None or cuff.is_measuring else f"next in {duration(left)}"
    return {
        "screen@cuff": state,
        "cuff-state": {"lost": "not connected", "measuring": "measuring …"}.get(state, following or "ready"),
        "interval-state": "by hand" if cuff.interval is None else f"every {cuff.interval / SECOND / 60:g} min",
        "nibp-next": following,
    }


def _record(snapshot: Snapshot, session: Session) -> View:
    if not session.is_recorded:
        state, words = "off", "not recorded"
    else:
        state, words = ("trouble", "NOT RECORDED") if snapshot.trouble else ("ok", "Record")
    rejected = f" · {snapshot.rejected} rejected" if snapshot.rejected else ""
    return {"record": words + rejected, "record@state": state}
