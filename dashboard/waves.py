"""The pleth of the bedside screen: whether there is one, why there is no trace, and what the browser draws (pure)."""

from collections.abc import Iterable

from alerts.snapshot import Device, Snapshot
from alerts.waves import Stretch
from dashboard.feed import Session
from dashboard.instruments import View, condition
from ingest.model import SECOND, DeviceState, Signal

FASTEST = 4.0
"""Session seconds in a real one beyond which a wave only flickers: it is left out."""

Row = tuple[int, float, int, bool, tuple[int, ...]]
"""Number, samples per real second, age of the first one in real milliseconds, whether it joins on, values."""


def pleth(snapshot: Snapshot, session: Session) -> View:
    """Whether the screen has a band for the pleth, and the words in it while no trace runs."""
    device = _source(snapshot)
    if device is None or session.speed > FASTEST:
        return {"screen@pleth": "", "pleth-note": ""}
    return {"screen@pleth": "yes", "pleth-note": _why_none(device, snapshot)}


def rows(stretches: Iterable[Stretch], snapshot: Snapshot, session: Session, now: int) -> list[Row]:
    """The stretches of the pleth that is shown, at session time `now` (microseconds)."""
    device = _source(snapshot)
    if device is None or session.speed > FASTEST:
        return []
    speed = session.speed
    return [
        (s.n, s.wave.fs * speed, round((now - s.wave.t) * 1000 / SECOND / speed), s.joins, s.wave.values)
        for s in stretches
        if (s.wave.source, s.wave.signal) == (device.source, Signal.PLETH)
    ]


def _source(snapshot: Snapshot) -> Device | None:
    """The first device that declares a pleth; SpO2 is chosen in the same way."""
    return next((d for d in snapshot.devices if Signal.PLETH in d.signals), None)


def _why_none(device: Device, snapshot: Snapshot) -> str:
    if snapshot.is_ended:
        return "session ended"
    if device.state is DeviceState.DISCONNECTED:
        return f"no pleth: {device.source} not connected"
    if device.state is DeviceState.ENDED:
        return "no pleth: recording ended"
    return f"no pleth: {condition(snapshot, Signal.PLETH) or 'no data'}"
