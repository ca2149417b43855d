"""Whether the screen has a pleth, and what stands in its place while no trace runs."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from alerts.profiles import load_profile
from alerts.snapshot import Device, Snapshot
from dashboard.feed import Session
from dashboard.waves import pleth
from ingest.model import Condition, DeviceState, Signal
from ingest.sources import Mode

SESSION = Session("Bed 1", Mode.LIVE, load_profile("iv-ketamine"), datetime(2026, 3, 1, 13, tzinfo=UTC))
MONITOR = Device("monitor", DeviceState.CONNECTED, 0, signals=frozenset({Signal.HR, Signal.SPO2}))
OXIMETER = Device("oximeter", DeviceState.CONNECTED, 0, signals=frozenset({Signal.SPO2, Signal.PLETH}))
PROBE_OFF = frozenset({Condition.PROBE_OFF})


def view(*devices: Device, speed: float = 1.0, is_ended: bool = False) -> dict[str, str]:
    return pleth(Snapshot(devices=devices, is_ended=is_ended), replace(SESSION, speed=speed))


def test_there_is_a_band_only_where_a_device_declares_a_pleth() -> None:
    assert view() == view(MONITOR) == {"screen@pleth": "", "pleth-note": ""}
    assert view(MONITOR, OXIMETER)["screen@pleth"] == "yes"


@pytest.mark.parametrize(("speed", "has_band"), [(0.5, "yes"), (4, "yes"), (4.1, ""), (60, "")])
def test_a_replay_too_fast_to_look_at_has_none(speed: float, has_band: str) -> None:
    assert view(OXIMETER, speed=speed)["screen@pleth"] == has_band


@pytest.mark.parametrize(
    ("device", "words"),
    [
        (OXIMETER, "no pleth: no data"),
        (replace(OXIMETER, conditions=PROBE_OFF), "no pleth: probe off"),
        (replace(OXIMETER, conditions=frozenset({Condition.LOW_BATTERY})), "no pleth: no data"),
        (replace(OXIMETER, state=DeviceState.DISCONNECTED, conditions=PROBE_OFF), "no pleth: oximeter not connected"),
        (replace(OXIMETER, state=DeviceState.ENDED), "no pleth: recording ended"),
    ],
)
def test_the_words_say_why_there_is_no_trace(device: Device, words: str) -> None:
    assert view(MONITOR, device)["pleth-note"] == words


def test_of_two_devices_the_first_is_shown() -> None:
    second = replace(OXIMETER, source="second", conditions=PROBE_OFF)
    assert view(OXIMETER, second)["pleth-note"] == "no pleth: no data"


def test_after_the_end_nothing_is_waited_for() -> None:
    assert view(OXIMETER, is_ended=True)["pleth-note"] == "session ended"
