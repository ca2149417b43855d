"""What goes wrong on request goes wrong in the device's own bytes: its decoder says so, or counts it."""

from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from ingest.devices import ControlsCuff, Decoder
from ingest.drivers import DEVICES, EMULATORS
from ingest.emulators import Vitals, par_nibp, suntech_nibp
from ingest.emulators.faults import FAULTS, FaultError, FaultyDevice
from ingest.emulators.orders import HELP, Plan, order
from ingest.model import SECOND, Condition, DeviceStatus, NibpReading, Observation, Reading

NONE = {"pr": None, "spo2": None}


def t(seconds: float) -> int:
    return round(seconds * SECOND)


@dataclass
class Talk:
    """A device and its decoder, ten times a second; `sent` is what reached the line."""

    name: str
    device: FaultyDevice
    decoder: Decoder
    now: int = 0
    sent: bytes = b""
    readings: list[Reading] = field(default_factory=list)

    def goes_on(self, seconds: float) -> list[Reading]:
        """The readings of so many seconds more."""
        before, end = len(self.readings), self.now + t(seconds)
        while self.now < end:
            self.device.hear(self.decoder.due(self.now), self.now)
            said = self.device.say(self.now)
            self.sent += said
            self.readings += self.decoder.feed(said, self.now)
            self.now += SECOND // 10
        return self.readings[before:]


def talk(name: str, seed: int = 1) -> Talk:
    return Talk(name, FaultyDevice(name, seed), DEVICES[name]("x"))


def numbers(readings: list[Reading]) -> dict[str, float | None]:
    return {reading.signal: reading.value for reading in readings if isinstance(reading, Observation)}


def conditions(readings: list[Reading]) -> frozenset[Condition]:
    return [reading.conditions for reading in readings if isinstance(reading, DeviceStatus)][-1]


def measured(bed: Talk, seconds: float = 45) -> NibpReading:
    assert isinstance(bed.decoder, ControlsCuff)
    bed.decoder.start_nibp()
    (reading,) = [reading for reading in bed.goes_on(seconds) if isinstance(reading, NibpReading)]
    return reading


# The finger, the battery

SHOWN = [
    *(
        (name, "finger-out", Condition.PROBE_OFF)
        for name in ("berry-bci", "contec-5byte", "contec-v7", "capnostream20")
    ),
    *(
        (name, "finger-out", Condition.PROBE_OFF)
        for name in ("masimo-ascii1", "nellcor-ascii", "nonin-df2", "nonin-df8")
    ),
    *((name, "searching", Condition.SEARCHING) for name in ("berry-bci", "contec-5byte", "contec-v7", "capnostream20")),
    *(
        (name, "searching", Condition.SEARCHING)
        for name in ("masimo-ascii1", "nellcor-ascii", "nonin-df7", "nonin-df1")
    ),
    *((name, "low-perfusion", Condition.LOW_PERFUSION) for name in ("masimo-ascii1", "nonin-df2", "nonin-df8")),
    *((name, "weak-battery", Condition.LOW_BATTERY) for name in ("masimo-ascii1", "nellcor-ascii", "nonin-df7")),
    *((name, "weak-battery", Condition.LOW_BATTERY) for name in ("nonin-df8", "capnostream20")),
]


@pytest.mark.parametrize(("name", "fault", "condition"), SHOWN)
def test_a_technical_state_is_shown_and_ends(name: str, fault: str, condition: Condition) -> None:
    bed = talk(name)
    assert numbers(bed.goes_on(8)).items() >= {"pr": 75, "spo2": 97}.items()
    bed.device.begin(fault)
    readings = bed.goes_on(8)
    assert condition in conditions(readings)
    assert (numbers(readings).items() >= NONE.items()) is (fault in {"finger-out", "searching"})
    bed.device.end(fault)
    readings = bed.goes_on(8)
    assert conditions(readings) == frozenset()
    assert numbers(readings).items() >= {"pr": 75, "spo2": 97}.items()


@pytest.mark.parametrize("name", ["ivy-450c", "dinamap", "nonin-ascii"])
def test_a_device_without_a_word_for_it_has_no_numbers_when_the_finger_is_out(name: str) -> None:
    bed = talk(name)
    bed.goes_on(4)
    bed.device.begin("finger-out")
    assert numbers(bed.goes_on(4)).items() >= NONE.items()


def test_low_perfusion_is_a_number_where_the_device_has_no_bit() -> None:
    bed = talk("contec-v7")
    bed.device.begin("low-perfusion")
    assert numbers(bed.goes_on(3))["pi"] == 0.1


def test_a_finger_that_is_out_is_not_searched_for() -> None:
    bed = talk("contec-v7")
    bed.device.begin("searching")
    bed.device.begin("finger-out")
    assert conditions(bed.goes_on(3)) == {Condition.PROBE_OFF}


# The cuff

WORDS = [
    *(("suntech-nibp", words, code) for words, code in suntech_nibp.ERRORS.items()),
    *(("par-nibp", words, code) for words, code in par_nibp.ERRORS.items()),
]


@pytest.mark.parametrize(("name", "words", "code"), WORDS)
def test_a_cuff_fails_for_its_reason_until_it_is_well_again(name: str, words: str, code: int) -> None:
    bed = talk(name)
    bed.device.patient = Vitals(sys=118, dia=76, map=90)
    bed.device.begin("cuff-error", words)
    failed = measured(bed)
    assert (failed.sys, failed.dia, failed.map) == (None, None, None)
    assert failed.error
    assert failed.error != f"module error {code}"  # the decoder has words for it
    bed.device.end("cuff-error")
    bed.goes_on(60)
    reading = measured(bed)
    assert (reading.sys, reading.dia, reading.map, reading.error) == (118, 76, 90, None)


def test_a_cuff_error_without_words_is_one_of_its_own() -> None:
    bed = talk("suntech-nibp")
    bed.device.begin("cuff-error")
    assert measured(bed).error == "weak pulse signal"
    bed = talk("dinamap")
    bed.goes_on(2)
    bed.device.begin("cuff-error")
    assert measured(bed).error == "error status 3"


# The line


def test_lost_bytes_are_lost_about_so_often_and_the_rest_keeps_its_order() -> None:
    sound, faulty = talk("berry-bci"), talk("berry-bci")
    faulty.device.begin("lost-bytes", "0.05")
    sound.goes_on(20)
    faulty.goes_on(20)
    assert 1 - len(faulty.sent) / len(sound.sent) == pytest.approx(0.05, abs=0.01)  # of 10 000: sd 0.002
    rest = iter(sound.sent)
    assert all(byte in rest for byte in faulty.sent)
    assert faulty.decoder.counters.resyncs > 100
    assert numbers(faulty.readings) == {"pr": 75, "spo2": 97}


SUMMED = ["capnostream20", "dinamap", "nonin-df2", "nonin-df7", "par-nibp", "suntech-nibp"]


@pytest.mark.parametrize("name", SUMMED)
def test_bad_checksums_are_counted_and_nothing_is_believed(name: str) -> None:
    bed = talk(name)
    bed.goes_on(1)
    good = bed.decoder.counters.frames
    bed.device.begin("bad-checksums", "1")
    readings = bed.goes_on(10)
    assert bed.decoder.counters.bad_checksums > 3
    assert bed.decoder.counters.frames == good
    assert numbers(readings) == {}
    bed.device.end("")
    bed.goes_on(6)
    assert bed.decoder.counters.frames > good + 3


def test_some_bad_checksums_are_about_so_many() -> None:
    bed = talk("suntech-nibp")
    bed.device.begin("bad-checksums", "0.2")
    bed.goes_on(200)
    counters = bed.decoder.counters
    assert counters.bad_checksums + counters.frames == pytest.approx(400, abs=5)  # two answers a second
    assert counters.bad_checksums / 400 == pytest.approx(0.2, abs=0.07)


def test_noise_stands_between_the_bytes_and_takes_none_away() -> None:
    sound, faulty = talk("contec-5byte"), talk("contec-5byte")
    faulty.device.begin("noise")
    sound.goes_on(60)
    faulty.goes_on(60)
    rest = iter(faulty.sent)
    assert all(byte in rest for byte in sound.sent)
    assert 200 < len(faulty.sent) - len(sound.sent) < 1200  # 60 bursts of 10.5 bytes, more or less
    assert numbers(faulty.readings) == {"pr": 75, "spo2": 97}


def test_noise_comes_where_a_device_says_nothing_at_all() -> None:
    device = FaultyDevice("suntech-nibp", 1)
    device.begin("noise")
    assert any(device.say(t(second)) for second in range(20))


def test_silence_is_silence_and_what_follows_is_of_now() -> None:
    bed = talk("contec-v7")
    bed.goes_on(3)
    bed.device.begin("silent")
    said = len(bed.sent)
    bed.goes_on(5)
    assert len(bed.sent) == said
    assert bed.device.is_plugged
    bed.device.patient = Vitals(pr=90)
    bed.device.end("silent")
    assert numbers(bed.goes_on(5))["pr"] == 90
    assert len(bed.sent) - said == 5 * 60 * 9  # not what it kept to itself meanwhile


def test_what_is_unplugged_neither_speaks_nor_hears() -> None:
    device = FaultyDevice("suntech-nibp", 1)
    device.begin("unplug")
    assert not device.is_plugged
    device.hear(bytes.fromhex("3A 79 05 00 48"), 0)
    device.end("unplug")
    assert device.say(0) == b""


def test_the_same_seed_has_the_same_misfortune() -> None:
    first, again, other = talk("contec-v7", 7), talk("contec-v7", 7), talk("contec-v7", 8)
    for bed in (first, again, other):
        bed.device.begin("noise")
        bed.device.begin("lost-bytes")
        bed.goes_on(10)
    assert first.sent == again.sent != other.sent


# What cannot be

REFUSED = [
    ("contec-v7", "bad-checksums", "", "contec-v7 sends no checksums"),
    ("contec-v7", "weak-battery", "", "contec-v7 cannot say 'battery low'"),
    ("suntech-nibp", "finger-out", "", "suntech-nibp cannot say 'probe off'"),
    ("contec-v7", "cuff-error", "", "contec-v7 has no cuff that can be made to fail"),
    (
        "suntech-nibp",
        "cuff-error",
        "tired",
        "suntech-nibp knows no cuff error 'tired': it has weak pulse signal, movement",
    ),
    ("contec-v7", "lost-bytes", "0", "lost-bytes 0: RATE is a number above 0 and at most 1"),
    ("contec-v7", "lost-bytes", "often", "lost-bytes often: RATE is a number above 0 and at most 1"),
    ("contec-v7", "silent", "please", "silent takes nothing behind it: 'please'"),
    ("contec-v7", "explode", "", "no fault 'explode': there is lost-bytes, bad-checksums"),
]


@pytest.mark.parametrize(("name", "fault", "argument", "says"), REFUSED)
def test_what_cannot_be_is_refused_in_a_line(name: str, fault: str, argument: str, says: str) -> None:
    with pytest.raises(FaultError) as refusal:
        FaultyDevice(name, 1).begin(fault, argument)
    assert str(refusal.value).startswith(says)


@pytest.mark.parametrize("name", EMULATORS)
def test_every_fault_is_possible_or_refused_for_every_device(name: str) -> None:
    bed = talk(name)
    for fault in FAULTS:
        with suppress(FaultError):
            bed.device.begin(fault)
            bed.goes_on(1)


# As people say it


@pytest.fixture
def bed() -> list[FaultyDevice]:
    return [FaultyDevice("contec-v7", 1), FaultyDevice("suntech-nibp", 1)]


ORDERS = [
    ("noise", "contec-v7, suntech-nibp: noise"),
    ("suntech-nibp: cuff-error cuff loose", "suntech-nibp: cuff-error cuff loose"),
    ("  contec-v7 :lost-bytes   0.5 ", "contec-v7: lost-bytes 0.5"),
    ("finger-out", "contec-v7: finger-out"),
    ("bad-checksums", "suntech-nibp: bad-checksums"),
    ("plug", "contec-v7, suntech-nibp: ok unplug"),
    ("contec-v7: ok", "contec-v7: ok"),
]


@pytest.mark.parametrize(("typed", "told"), ORDERS)
def test_an_order_goes_to_those_that_can_obey(bed: list[FaultyDevice], typed: str, told: str) -> None:
    assert order(typed, bed).obey() == told


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("weak-battery", "contec-v7 cannot say 'battery low'; suntech-nibp cannot say 'battery low'"),
        ("contec-v7: bad-checksums", "contec-v7 sends no checksums"),
        ("boom", "no fault 'boom': there is lost-bytes"),
        ("ok boom", "no fault 'boom': there is lost-bytes"),
        ("nonin: noise", "no device 'nonin' here: there is contec-v7, suntech-nibp"),
        ("", "name a fault, or help"),
        ("contec-v7:", "name a fault, or help"),
    ],
)
def test_an_order_nobody_can_obey_says_why(bed: list[FaultyDevice], typed: str, says: str) -> None:
    with pytest.raises(FaultError) as refusal:
        order(typed, bed)
    assert str(refusal.value).startswith(says)


def test_unplugged_and_plugged_in_again(bed: list[FaultyDevice]) -> None:
    order("contec-v7: unplug", bed).obey()
    assert [device.is_plugged for device in bed] == [False, True]
    order("plug", bed).obey()
    assert [device.is_plugged for device in bed] == [True, True]


def test_a_plan_begins_and_ends_its_faults_in_time(bed: list[FaultyDevice]) -> None:
    plan = Plan(["suntech-nibp: cuff-error movement@60+30.5", "noise", "unplug@90"], bed)
    assert told(plan, 0) == ["contec-v7, suntech-nibp: noise"]
    assert told(plan, 59.999) == []
    assert told(plan, 60) == ["suntech-nibp: cuff-error movement"]
    assert told(plan, 1000) == ["contec-v7, suntech-nibp: unplug", "suntech-nibp: ok cuff-error"]
    assert told(plan, 2000) == []


def told(plan: Plan, seconds: float) -> list[str]:
    return [each.obey() for each in plan.due(t(seconds))]


@pytest.mark.parametrize("text", ["noise@", "noise@soon", "noise@5+", "noise@5+x", "noise@-5", "noise@1@2"])
def test_a_plan_without_a_time_is_refused(bed: list[FaultyDevice], text: str) -> None:
    with pytest.raises(FaultError, match=r"write WHAT, WHAT@SECONDS or WHAT@SECONDS\+DURATION"):
        Plan([text], bed)


def test_help_names_every_fault() -> None:
    assert all(f"  {fault} " in HELP for fault in FAULTS)
