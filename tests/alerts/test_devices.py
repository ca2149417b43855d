"""Orders reach the cuff they are for, and a screen sees what every device says."""

from collections.abc import Iterator

import pytest

from alerts.devices import Devices
from alerts.model import CuffIntervalSet, CuffOrder, CuffOrdered, Event
from ingest.devices import Counters
from ingest.model import SECOND, Condition, DeviceConfiguration, DeviceState, DeviceStatus, Observation, Reading, Signal
from ingest.sources import Mode


class Cuff:
    """A source with a cuff that keeps what it was told."""

    mode = Mode.LIVE
    speed = 1.0
    backlog = 0
    rejected = 3

    def __init__(self, name: str) -> None:
        self.name = name
        self.told: list[object] = []
        self.counters = Counters(bytes_in=5)
        self.last_good: int | None = None

    def start_nibp(self) -> None:
        self.told.append("start")

    def stop_nibp(self) -> None:
        self.told.append("stop")

    def set_interval(self, seconds: float | None) -> None:
        self.told.append(seconds)

    def readings(self) -> Iterator[Reading | None]:
        return iter(())

    def notes(self) -> list[str]:
        return []


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (CuffOrdered(0, "AB", "cuff", CuffOrder.START), ["start"]),
        (CuffOrdered(0, "AB", "cuff", CuffOrder.STOP), ["stop"]),
        (CuffIntervalSet(0, "AB", "cuff", 300, None), [300]),
        (CuffIntervalSet(0, "AB", "cuff", None, 300), [None]),
        (CuffOrdered(0, "AB", "another", CuffOrder.STOP), []),
    ],
)
def test_an_order_reaches_its_cuff_and_no_other(event: Event, told: list[object]) -> None:
    cuff, other = Cuff("cuff"), Cuff("other")
    devices = Devices()
    devices.attach([cuff, other])
    devices.obey(event)
    assert (cuff.told, other.told) == (told, [])


def test_a_recording_has_no_cuff_to_move() -> None:
    Devices().obey(CuffOrdered(0, "AB", "cuff", CuffOrder.START))


def test_a_device_is_what_it_said_last_and_its_line_is_counted_once_a_second() -> None:
    cuff, devices = Cuff("cuff"), Devices()
    devices.attach([cuff])
    devices.take(DeviceConfiguration(0, "cuff", frozenset({Signal.PR})))
    off = frozenset({Condition.PROBE_OFF})
    devices.take(DeviceStatus(SECOND, "cuff", DeviceState.DISCONNECTED, "gone", off))
    devices.take(Observation(2 * SECOND, "cuff", Signal.PR, 70))
    (shot,) = devices.shot(2 * SECOND)
    assert (shot.state, shot.detail, shot.conditions, shot.heard) == (DeviceState.CONNECTED, "", off, 2 * SECOND)
    assert shot.counters == Counters(bytes_in=5)
    cuff.counters.bytes_in = 9
    assert devices.shot(2 * SECOND + 1)[0].counters == Counters(bytes_in=5)
    assert devices.shot(3 * SECOND)[0].counters == Counters(bytes_in=9)
    assert devices.rejected == 3
