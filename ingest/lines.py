"""Readings as lines: words for people, JSON for programs (design.md section 2)."""

from typing import Any

from ingest.model import (
    SECOND,
    DeviceConfiguration,
    DeviceState,
    DeviceStatus,
    NibpReading,
    Observation,
    RawBytes,
    Reading,
    SentBytes,
    Signal,
    Tick,
    Waveform,
)


def words(reading: Reading) -> str:
    """One reading for people: seconds, source, what it says."""
    return f"{reading.t / SECOND:.3f} {getattr(reading, 'source', '')} {_said(reading)}".rstrip()


def _said(reading: Reading) -> str:
    match reading:
        case Tick():
            return ""
        case Waveform(signal=signal, values=values, fs=fs):
            return f"{signal} {len(values)} samples at {fs:g} Hz"
        case RawBytes(data=data):
            return data.hex(" ")
        case SentBytes(data=data):
            return f"sent {data.hex(' ')}"
        case Observation(signal=signal, value=value):
            return f"{signal} {'no reading' if value is None else f'{value:g}'}"
        case NibpReading(error=str(error)):
            return f"nibp failed: {error}"
        case NibpReading(sys=sys_, dia=dia, map=map_):
            return "nibp " + "/".join("-" if v is None else f"{v:g}" for v in (sys_, dia, map_))
        case DeviceStatus(state=state, detail=detail, conditions=conditions):
            return "; ".join([state, *filter(None, [detail]), *sorted(conditions)])
        case DeviceConfiguration(signals=signals):
            return f"{DeviceState.CONNECTED}: {', '.join(sorted(signals))}"


def json_lines(reading: Reading) -> list[dict[str, Any]]:
    """One reading for programs. `t` in seconds; a cuff reading is three lines with one `t`.

    A number: t, signal, value (None: no reading), quality. A waveform: t, signal, fs, values. A state:
    t, status, detail, conditions. Configurations, ticks and raw bytes have none.
    """
    t = reading.t / SECOND
    match reading:
        case Observation(signal=signal, value=value):
            return [_number(t, signal, value)]
        case NibpReading(sys=sys_, dia=dia, map=map_, error=error):
            three = ((Signal.NIBP_SYS, sys_), (Signal.NIBP_DIA, dia), (Signal.NIBP_MAP, map_))
            return [_number(t, s, v) | ({"error": error} if error else {}) for s, v in three]
        case Waveform(signal=signal, fs=fs, values=values):
            return [{"t": t, "signal": signal, "fs": fs, "values": list(values)}]
        case DeviceStatus(state=state, detail=detail, conditions=conditions):
            return [{"t": t, "status": state, "detail": detail, "conditions": sorted(conditions)}]
        case _:
            return []


def _number(t: float, signal: Signal, value: float | None) -> dict[str, Any]:
    return {"t": t, "signal": signal, "value": value, "quality": "no-reading" if value is None else "ok"}
