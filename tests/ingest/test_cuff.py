"""When a cuff is started and stopped, and what is said of it. Times in seconds, as `t(15)`."""

import pytest

from ingest.cuff import Cuff
from ingest.model import SECOND, DeviceState, DeviceStatus, NibpReading


def t(seconds: float) -> int:
    return round(seconds * SECOND)


def starts(cuff: Cuff, until: int) -> list[int]:
    """The seconds at which a start is sent, asked once a second."""
    return [second for second in range(until) if cuff.start_due(t(second))]


def told(cuff: Cuff) -> list[str]:
    """The readings since the last call, in short."""
    return [_short(reading) for reading in cuff.drain()]


def _short(reading: object) -> str:
    match reading:
        case NibpReading(error=str(error)):
            return f"failed: {error}"
        case NibpReading(sys=sys, dia=dia, map=map_):
            return f"{sys}/{dia} ({map_})"
        case DeviceStatus(state=DeviceState.CONNECTED, conditions=conditions):
            return ", ".join(conditions) or "at rest"
    raise AssertionError(reading)


@pytest.fixture
def cuff() -> Cuff:
    return Cuff("cuff")


@pytest.fixture
def running(cuff: Cuff) -> Cuff:
    """A cuff that measures since 0 s."""
    cuff.start()
    assert cuff.start_due(0)
    cuff.measuring(0)
    assert told(cuff) == ["measuring"]
    return cuff


def test_nobody_asks_so_nothing_is_sent(cuff: Cuff) -> None:
    assert starts(cuff, 600) == []
    assert not cuff.stop_due(0)


def test_a_measurement_is_started_once_and_gives_its_result(running: Cuff) -> None:
    assert starts(running, 60) == []
    running.result(t(35), 122, 77, 92)
    assert told(running) == ["122/77 (92)", "at rest"]
    assert not running.is_busy


def test_a_start_while_one_runs_has_no_effect(running: Cuff) -> None:
    running.start()
    assert starts(running, 36) == []
    running.result(t(35), 122, 77, 92)
    assert starts(running, 600) == []


def test_a_start_that_is_not_answered_is_sent_five_times_and_then_fails(cuff: Cuff) -> None:
    cuff.start()
    assert starts(cuff, 60) == [0, 3, 6, 9, 12]
    assert told(cuff) == ["failed: no answer to the start", "at rest"]


def test_a_device_that_refuses_is_quoted(cuff: Cuff) -> None:
    cuff.start()
    assert cuff.start_due(0)
    cuff.refusal = "module busy"
    assert starts(cuff, 60) == [3, 6, 9, 12]
    assert told(cuff)[0] == "failed: module busy"


def test_a_measurement_that_never_ends_fails_after_200_s(running: Cuff) -> None:
    assert not running.start_due(t(200))
    assert told(running) == []
    assert not running.start_due(t(200) + 1)
    assert told(running) == ["failed: no result", "at rest"]


def test_the_interval_counts_from_start_to_start(cuff: Cuff) -> None:
    cuff.every(300)
    sent = []
    for second in range(1000):
        if cuff.start_due(t(second)):
            sent.append(second)
            cuff.measuring(t(second))
        elif cuff.is_busy and second == sent[-1] + 35:
            cuff.result(t(second), 120, 80, 93)
    assert sent == [0, 300, 600, 900]


def test_an_interval_waits_after_a_measurement_somebody_asked_for(running: Cuff) -> None:
    running.result(t(35), 122, 77, 92)
    running.every(60)
    assert not running.start_due(t(59.9))
    assert running.start_due(t(60))


def test_a_failure_does_not_start_the_cuff_again_before_its_time(running: Cuff) -> None:
    running.every(120)
    running.failed(t(20), "movement")
    assert starts(running, 120) == []
    assert running.start_due(t(120))


def test_no_interval_ends_it(running: Cuff) -> None:
    running.every(60)
    running.every(None)
    running.result(t(35), 122, 77, 92)
    assert starts(running, 600) == []


@pytest.mark.parametrize("seconds", [-1, 0, 59.9])
def test_an_interval_that_leaves_the_arm_no_pause_is_refused(cuff: Cuff, seconds: float) -> None:
    with pytest.raises(ValueError, match="60 s is the shortest"):
        cuff.every(seconds)


def test_a_stop_is_sent_until_the_device_obeys(running: Cuff) -> None:
    running.stop()
    assert [second for second in range(10) if running.stop_due(t(second))] == [0, 3, 6, 9]
    running.failed(t(10), "whatever the device says")
    assert told(running) == ["failed: stopped", "at rest"]
    assert not running.stop_due(t(13))


def test_a_result_after_a_stop_is_not_believed(running: Cuff) -> None:
    running.stop()
    assert running.stop_due(t(5))
    running.result(t(6), 118, 76, 90)
    assert told(running) == ["failed: stopped", "at rest"]


def test_a_stop_the_device_does_not_obey_is_not_called_stopped(running: Cuff) -> None:
    running.stop()
    assert running.stop_due(t(5))
    assert not running.start_due(t(201))
    assert told(running)[0] == "failed: no answer to the stop"


def test_a_stop_with_nothing_known_to_run_is_sent_once_all_the_same(cuff: Cuff) -> None:
    cuff.stop()
    assert [second for second in range(10) if cuff.stop_due(t(second))] == [0]
    assert told(cuff) == []


def test_a_stop_takes_back_a_start_that_was_not_yet_sent(cuff: Cuff) -> None:
    cuff.start()
    cuff.stop()
    assert starts(cuff, 60) == []


def test_a_start_during_a_stop_follows_it(running: Cuff) -> None:
    running.stop()
    assert running.stop_due(t(5))
    running.start()
    assert not running.start_due(t(5))
    running.failed(t(6), "stopped")
    assert running.start_due(t(7))


def test_a_measurement_somebody_started_at_the_device_is_told_too(cuff: Cuff) -> None:
    cuff.measuring(t(5))
    cuff.measuring(t(6))
    cuff.result(t(40), 131, 84, 99)
    assert told(cuff) == ["measuring", "131/84 (99)", "at rest"]


def test_no_pressure_is_never_a_number(running: Cuff) -> None:
    running.result(t(35), 0, 77, 92)
    assert told(running)[0] == "failed: no result"


@pytest.mark.parametrize("pressures", [(77, 122, 92), (122, 122, 122), (122, 77, 76), (122, 77, 123), (301, 77, 92)])
def test_pressures_that_cannot_be_are_a_failure(running: Cuff, pressures: tuple[int, int, int]) -> None:
    running.result(t(35), *pressures)
    assert told(running)[0] == "failed: pressures that cannot be"


def test_a_missing_mean_is_none(running: Cuff) -> None:
    running.result(t(35), 122, 77, 0)
    assert told(running)[0] == "122/77 (None)"


def test_life_is_told_once_a_second(cuff: Cuff) -> None:
    for tenth in range(21):
        cuff.alive(t(tenth / 10))
    assert told(cuff) == ["at rest"] * 3
