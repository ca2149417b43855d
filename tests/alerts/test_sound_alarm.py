"""T-10: that no alarm can be heard is an alarm itself, raised by the machine or by a person."""

import queue
from collections.abc import Iterator

import pytest

from alerts.ears import Heard
from alerts.engine import Engine
from alerts.model import Command, PauseAudio, Raised, TrySound
from alerts.profiles import load_profile
from alerts.snapshot import Snapshot
from alerts.station import Station
from ingest.model import SECOND, DeviceState, DeviceStatus
from ingest.sources import SOUND
from tests.alerts.story import Story


def heard(story: Story, t: int, state: DeviceState) -> None:
    story.give(DeviceStatus(t * SECOND, SOUND, state, "" if state is DeviceState.CONNECTED else "no loudspeaker"))


def test_half_a_minute_without_any_sound_is_a_medium_alarm_until_one_is_back() -> None:
    story = Story()
    heard(story, 1, DeviceState.DISCONNECTED)
    story.tick(30.999)
    assert story.lines("T-10") == []
    story.tick(40)
    heard(story, 50, DeviceState.CONNECTED)
    assert story.lines("T-10") == ["31 raised T-10 medium", "50 ended T-10 sound can be heard again"]
    raised = [e.occurrence for e in story.events if isinstance(e, Raised)]
    assert [o.message for o in raised if o.rule == "T-10"] == ["No alarm sound (no loudspeaker) for 30 s"]


def test_the_alarm_says_the_newest_reason() -> None:
    story = Story()
    for t, why in ((1, "not open yet"), (3, "no loudspeaker")):
        story.give(DeviceStatus(t * SECOND, SOUND, DeviceState.DISCONNECTED, why))
    story.tick(32)
    raised = [e for e in story.events if isinstance(e, Raised) and e.occurrence.rule == "T-10"]
    assert [(e.t // SECOND, e.occurrence.message) for e in raised] == [(31, "No alarm sound (no loudspeaker) for 30 s")]


def test_a_loudspeaker_that_is_changed_within_half_a_minute_is_no_alarm() -> None:
    story = Story()
    heard(story, 1, DeviceState.DISCONNECTED)
    heard(story, 30, DeviceState.CONNECTED)
    story.tick(90)
    assert story.lines("T-10") == []


def test_a_person_who_hears_nothing_is_believed_at_once_whatever_the_machine_says() -> None:
    story = Story()
    heard(story, 1, DeviceState.CONNECTED)
    story.give(TrySound(2 * SECOND, "AB"))
    story.give(TrySound(5 * SECOND, "AB", False))
    heard(story, 6, DeviceState.CONNECTED)
    story.give(TrySound(20 * SECOND, "CD", True))
    assert story.lines("T-10") == ["5 raised T-10 medium", "20 ended T-10 heard by CD"]


class FakeClock:
    t = 0

    def now(self) -> int:
        return self.t


class Bed:
    def __init__(self) -> None:
        self.heard = Heard(True, None)
        self.clock = FakeClock()
        self.station = Station(Engine(load_profile("iv-ketamine")), self.clock)
        self.station.listen_with(lambda: self.heard)
        self.shots: queue.Queue[Snapshot] = queue.Queue()
        self.station.subscribe(lambda: self.shots.put(self.station.snapshot))

    def says(self, command: Command) -> str:
        return self.station.do(command).result(timeout=5)


@pytest.fixture
def bed() -> Iterator[Bed]:
    bed = Bed()
    bed.station.start()
    yield bed
    bed.station.stop()


def test_what_can_be_heard_is_in_every_snapshot_and_becomes_an_alarm(bed: Bed) -> None:
    while bed.shots.get(timeout=5).sound != Heard(True, None, 0):
        pass
    bed.clock.t = 5 * SECOND
    bed.heard = Heard(False, "no loudspeaker")
    while (shot := bed.shots.get(timeout=5)).sound != Heard(False, "no loudspeaker", 5 * SECOND):
        pass
    bed.clock.t = 36 * SECOND
    while not shot.occurrences:
        shot = bed.shots.get(timeout=5)
    assert [o.rule for o in shot.occurrences] == ["T-10"]


def test_the_test_sounds_like_a_reminder_and_who_heard_it_is_kept(bed: Bed) -> None:
    assert bed.says(TrySound(0, "AB")) == ""
    assert bed.says(TrySound(0, "AB", True)) == ""
    while (shot := bed.shots.get(timeout=5)).sound_confirmed_by != "AB":
        pass
    assert shot.reminders == 1
    bed.says(PauseAudio(0, "AB"))
    assert bed.says(TrySound(0, "AB")) == "the audio is paused"
