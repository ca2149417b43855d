"""Orders to a cuff: by people, by a rule that wants a repeat, and what T-2 makes of an interval."""

import pytest

from alerts.model import CuffIntervalSet, CuffOrder, CuffOrdered, Phase, Refused, SetCuffInterval, StartCuff, StopCuff
from ingest.model import NIBP, SECOND, Condition, DeviceConfiguration, DeviceState, DeviceStatus, NibpReading
from tests.alerts.story import Story

CUFF = "suntech-nibp"
MEASURING = frozenset({Condition.MEASURING})


class Bedside(Story):
    """A session in phase infusion with a cuff that takes orders, connected unless said otherwise."""

    def __init__(self, every_s: int | None = None, is_connected: bool = True) -> None:
        super().__init__(Phase.INFUSION, ())
        every = None if every_s is None else every_s * SECOND
        self.give(DeviceConfiguration(0, CUFF, NIBP, SECOND, True, every))
        if is_connected:
            self.status(0)

    def status(self, t: int, state: DeviceState = DeviceState.CONNECTED, measuring: bool = False) -> None:
        self.give(DeviceStatus(t * SECOND, CUFF, state, "", MEASURING if measuring else frozenset()))

    def reading(self, t: int, sys: int, dia: int) -> None:
        self.give(NibpReading(t * SECOND, CUFF, sys, dia))

    def orders(self) -> list[tuple[float, str, CuffOrder]]:
        return [(e.t / SECOND, e.who, e.order) for e in self.events if isinstance(e, CuffOrdered)]

    def refusals(self) -> list[str]:
        return [e.reason for e in self.events if isinstance(e, Refused)]


def test_people_start_and_stop_the_cuff() -> None:
    bed = Bedside()
    bed.give(StartCuff(5 * SECOND, "AB"))
    bed.status(6, measuring=True)
    bed.give(StopCuff(20 * SECOND, "CD"))
    assert bed.orders() == [(5, "AB", CuffOrder.START), (20, "CD", CuffOrder.STOP)]


def test_a_rule_starts_its_repeat_when_the_arm_has_rested_for_a_minute() -> None:
    bed = Bedside()
    bed.reading(100, 185, 100)  # BP-3 asks for a repeat
    assert bed.engine.orders.next_at == 160 * SECOND
    bed.tick(159)
    assert bed.orders() == []
    bed.tick(200)
    assert bed.orders() == [(160, "rule BP-3", CuffOrder.START)]
    assert bed.engine.orders.next_at is None


def test_a_reading_inside_the_limits_asks_for_nothing() -> None:
    bed = Bedside()
    bed.reading(100, 150, 90)
    bed.tick(400)
    assert bed.orders() == []


def test_a_measurement_by_hand_is_the_repeat() -> None:
    bed = Bedside()
    bed.reading(100, 185, 100)
    bed.give(StartCuff(110 * SECOND, "AB"))
    bed.status(111, measuring=True)
    bed.tick(300)
    assert bed.orders() == [(110, "AB", CuffOrder.START)]


def test_stopping_the_cuff_calls_the_repeat_off() -> None:
    bed = Bedside()
    bed.reading(100, 185, 100)
    bed.give(StopCuff(110 * SECOND, "AB"))
    bed.tick(300)
    assert bed.orders() == [(110, "AB", CuffOrder.STOP)]
    assert "220 raised T-2 medium" in bed.lines("T-2")  # and that it was not taken is said


def test_a_repeat_waits_for_a_cuff_that_was_unplugged() -> None:
    bed = Bedside()
    bed.reading(100, 185, 100)
    bed.status(150, DeviceState.DISCONNECTED)
    bed.tick(165)
    bed.status(170)
    assert bed.orders() == [(170, "rule BP-3", CuffOrder.START)]
    bed.tick(400)
    assert len(bed.orders()) == 1


def test_an_unplugged_cuff_is_not_told_and_its_repeat_is_overdue_after_two_minutes() -> None:
    bed = Bedside()
    bed.reading(100, 185, 100)
    bed.status(120, DeviceState.DISCONNECTED)
    bed.tick(230)
    assert bed.orders() == []
    assert "220 raised T-2 medium" in bed.lines("T-2")


@pytest.mark.parametrize("command", [StartCuff(1, "AB"), StopCuff(1, "AB")])
def test_a_cuff_that_is_not_connected_refuses(command: StartCuff | StopCuff) -> None:
    bed = Bedside(is_connected=False)
    bed.give(command)
    assert bed.refusals() == ["suntech-nibp is not connected: measure at the device"]
    assert bed.orders() == []


@pytest.mark.parametrize("command", [StartCuff(SECOND, "AB"), SetCuffInterval(SECOND, "AB", 300)])
def test_without_a_cuff_that_takes_orders_people_are_told_so(command: StartCuff | SetCuffInterval) -> None:
    story = Story()
    story.give(command)
    assert [e.reason for e in story.events if isinstance(e, Refused)] == [
        "no cuff here takes orders: measure at the device"
    ]


def test_while_it_measures_a_second_start_is_refused() -> None:
    bed = Bedside()
    bed.status(1, measuring=True)
    bed.give(StartCuff(2 * SECOND, "AB"))
    assert bed.refusals() == ["the cuff is measuring already"]


def test_an_interval_is_an_order_of_its_own_with_the_one_before() -> None:
    bed = Bedside(every_s=300)
    bed.give(SetCuffInterval(SECOND, "AB", 150))
    bed.give(SetCuffInterval(2 * SECOND, "AB", None))
    assert [e for e in bed.events if isinstance(e, CuffIntervalSet)] == [
        CuffIntervalSet(SECOND, "AB", CUFF, 150, 300),
        CuffIntervalSet(2 * SECOND, "AB", CUFF, None, 150),
    ]


def test_an_interval_shorter_than_the_arm_needs_is_refused() -> None:
    bed = Bedside()
    bed.give(SetCuffInterval(SECOND, "AB", 59))
    assert bed.refusals() == ["the arm needs 60 s between two measurements"]


def test_the_next_measurement_is_one_interval_after_the_last_start() -> None:
    bed = Bedside(every_s=300)
    assert bed.engine.orders.next_at is None
    bed.status(10, measuring=True)
    bed.status(45)
    assert bed.engine.orders.next_at == 310 * SECOND
    bed.status(50, DeviceState.DISCONNECTED)
    assert bed.engine.orders.next_at is None


@pytest.mark.parametrize(("every_s", "overdue_at"), [(None, 420), (150, 270), (600, 720)])
def test_a_cuff_that_measures_by_itself_is_overdue_by_its_own_interval(every_s: int | None, overdue_at: int) -> None:
    bed = Bedside()
    bed.give(SetCuffInterval(0, "AB", every_s))
    bed.reading(0, 120, 80)
    bed.tick(800)
    assert bed.lines("T-2") == [f"{overdue_at} raised T-2 medium"]
