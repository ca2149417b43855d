"""Devices, lines, the cuff and the record in words."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from alerts.model import Occurrence, Priority
from alerts.profiles import load_profile
from alerts.snapshot import Cuff, Device, Snapshot
from dashboard.feed import Session
from dashboard.instruments import condition, instruments
from ingest.devices import Counters
from ingest.model import SECOND, Condition, DeviceState, Signal
from ingest.sources import Mode

SESSION = Session("Bed 1", Mode.LIVE, load_profile("iv-ketamine"), datetime(2026, 3, 1, tzinfo=UTC))
COUNTERS = Counters(bytes_in=12345, bytes_framed=12300, bytes_discarded=45, frames=1366, bad_checksums=2, resyncs=3)
OXIMETER = Device(
    "oximeter",
    DeviceState.CONNECTED,
    60 * SECOND,
    signals=frozenset({Signal.PR, Signal.SPO2}),
    counters=COUNTERS,
    last_good=58 * SECOND,
)
CUFF = Cuff("cuff", True, False, 300 * SECOND, 250 * SECOND)


def view(*devices: Device, cuff: Cuff | None = None, **more: object) -> dict[str, str]:
    return instruments(replace(Snapshot(devices=devices, cuff=cuff), **more), SESSION, 60 * SECOND)  # type: ignore[arg-type]


def test_a_line_says_what_came_and_what_was_understood() -> None:
    v = view(OXIMETER)
    assert v["device-0-line"] == "12,345 bytes · 1,366 good frames (last 2 s ago) · 2 bad checksums · 3 resyncs"
    assert (v["source-0"], v["source-0@state"], v["device-0-state"]) == ("oximeter", "ok", "connected")
    assert (v["source-1"], v["device-1-name"], v["device-1-line"]) == ("", "", "")


def test_a_line_without_a_good_frame_says_so() -> None:
    device = replace(OXIMETER, counters=replace(COUNTERS, frames=0), last_good=None)
    assert "0 good frames (none yet)" in view(device)["device-0-line"]
    assert view(replace(OXIMETER, counters=None))["device-0-line"] == "not on a serial line"


def test_a_lost_device_says_why_and_a_technical_state_is_in_words() -> None:
    gone = replace(OXIMETER, state=DeviceState.DISCONNECTED, detail="/dev/ttyUSB0 is not there")
    v = view(gone)
    assert (v["source-0@state"], v["device-0-state"]) == ("lost", "no data · /dev/ttyUSB0 is not there")
    searching = replace(OXIMETER, conditions=frozenset({Condition.LOW_PERFUSION, Condition.SEARCHING}))
    assert view(searching)["device-0-state"] == "connected · searching for pulse · low perfusion"


def test_a_low_battery_is_on_the_chip() -> None:
    v = view(replace(OXIMETER, conditions=frozenset({Condition.LOW_BATTERY})))
    assert (v["source-0"], v["source-0@state"]) == ("oximeter · battery low", "late")


def test_a_silent_device_is_late_and_then_lost() -> None:
    t_4 = Occurrence(1, "T-4", Priority.LOW, "oximeter", None, None, None, "oximeter: no data for 5 s", 0, True)
    assert view(OXIMETER, occurrences=(t_4,))["source-0@state"] == "late"
    assert view(OXIMETER, occurrences=(replace(t_4, priority=Priority.MEDIUM),))["source-0@state"] == "lost"


@pytest.mark.parametrize(
    ("conditions", "signal", "words"),
    [
        ({Condition.PROBE_OFF}, Signal.SPO2, "probe off"),
        ({Condition.PROBE_OFF, Condition.LOW_BATTERY}, Signal.PR, "probe off"),
        ({Condition.LOW_BATTERY}, Signal.SPO2, ""),
        ({Condition.NO_BREATH}, Signal.SPO2, ""),
        ({Condition.NO_BREATH}, Signal.RR, "no breath detected"),
        ({Condition.PROBE_OFF}, Signal.RR, ""),
        ({Condition.PROBE_OFF}, Signal.HR, ""),  # another device's number, or nobody's
    ],
)
def test_a_technical_state_stands_beside_the_number_it_concerns(
    conditions: set[Condition], signal: Signal, words: str
) -> None:
    signals = frozenset({Signal.PR, Signal.SPO2, Signal.RR})
    device = replace(OXIMETER, signals=signals, conditions=frozenset(conditions))
    assert condition(Snapshot(devices=(device,)), signal) == words


def test_without_a_cuff_that_takes_orders_there_are_no_buttons() -> None:
    assert view()["screen@cuff"] == ""


def test_the_cuff_says_when_it_starts_by_itself() -> None:
    v = view(cuff=CUFF)
    assert (v["screen@cuff"], v["cuff-state"], v["interval-state"]) == ("ready", "next in 3:10", "every 5 min")
    assert v["nibp-next"] == "next in 3:10"


@pytest.mark.parametrize(
    ("cuff", "state", "words"),
    [
        (replace(CUFF, is_measuring=True), "measuring", "measuring …"),
        (replace(CUFF, is_connected=False, next_at=None), "lost", "not connected"),
        (replace(CUFF, interval=None, next_at=None), "ready", "ready"),
    ],
)
def test_the_button_of_the_cuff_says_what_it_can_do(cuff: Cuff, state: str, words: str) -> None:
    v = view(cuff=cuff)
    assert (v["screen@cuff"], v["cuff-state"], v["nibp-next"]) == (state, words, "")


def test_a_countdown_never_says_less_than_is_left() -> None:
    half = replace(CUFF, next_at=60 * SECOND + SECOND // 2)
    assert view(cuff=half)["nibp-next"] == "next in 0:01"
    assert view(cuff=replace(CUFF, next_at=50 * SECOND))["nibp-next"] == "next in 0:00"
