"""The three cuffs against their emulated devices, and what must hold for each of them on any line."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any, ClassVar, Protocol

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.devices import Decoder
from ingest.devices.dinamap import Dinamap
from ingest.devices.par_nibp import ParNibp
from ingest.devices.suntech_nibp import SuntechNibp
from ingest.emulators import Emulator, Vitals, dinamap, par_nibp, suntech_nibp
from ingest.lines import json_lines
from ingest.model import SECOND, DeviceStatus, NibpReading, Observation, Reading

CAPTURES = Path(__file__).parents[3] / "sample_data" / "captures"


class Controlled(Decoder, Protocol):
    """A decoder that can also start its device."""

    def start_nibp(self) -> None: ...
    def stop_nibp(self) -> None: ...
    def set_interval(self, seconds: float | None) -> None: ...


class Failing(Emulator, Protocol):
    """An emulated cuff that can be told to fail."""

    cuff_error: str | None


@dataclass(frozen=True)
class Device:
    name: str
    decoder: Callable[[str], Controlled]
    emulator: Callable[[Vitals], Failing]
    movement: str
    """What a failure because of movement is called."""

    ALL: ClassVar[list["Device"]]

    @property
    def capture(self) -> bytes:
        return (CAPTURES / f"{self.name}.bin").read_bytes()


Device.ALL = [
    Device("suntech-nibp", SuntechNibp, suntech_nibp.SuntechNibp, "movement or irregular pulse"),
    Device("par-nibp", ParNibp, par_nibp.ParNibp, "movement"),
    Device("dinamap", Dinamap, dinamap.Dinamap, "error status 3"),
]
every_device = pytest.mark.parametrize("device", Device.ALL, ids=lambda device: device.name)


class Bench:
    """A decoder and its device on one line, twenty times a second."""

    def __init__(self, device: Device, vitals: Vitals | None = None) -> None:
        self.decoder = device.decoder("cuff")
        self.device = device.emulator(vitals or Vitals())
        self.now = 0
        self.is_plugged = True

    def run(self, seconds: float) -> list[Reading]:
        readings: list[Reading] = []
        for _ in range(round(seconds * 20)):
            self.now += SECOND // 20
            self.device.hear(self.decoder.due(self.now) if self.is_plugged else b"", self.now)
            said = self.device.say(self.now)
            readings += self.decoder.feed(said if self.is_plugged else b"", self.now)
        return readings


def cuff_readings(readings: Iterable[Reading]) -> list[NibpReading]:
    return [reading for reading in readings if isinstance(reading, NibpReading)]


def details(readings: Iterable[Reading]) -> list[str]:
    """What the device was said to do, without repetitions."""
    said = [", ".join(reading.conditions) for reading in readings if isinstance(reading, DeviceStatus)]
    return [detail for i, detail in enumerate(said) if i == 0 or detail != said[i - 1]]


@every_device
def test_the_capture_gives_the_readings_written_beside_it(device: Device) -> None:
    assert lines(device, [device.capture]) == [
        json.loads(line) for line in (CAPTURES / f"{device.name}.jsonl").read_text("utf-8").splitlines()
    ]


def lines(device: Device, pieces: Iterable[bytes]) -> list[dict[str, Any]]:
    decoder = device.decoder("x")
    return [line for piece in pieces for reading in decoder.feed(piece, 0) for line in json_lines(reading)]


@every_device
@pytest.mark.parametrize("pressures", [(122, 77, 92), (62, 40, 47), (254, 127, 170), (255, 128, 171), (260, 150, 187)])
def test_a_measurement_gives_one_reading_when_it_is_over(device: Device, pressures: tuple[int, int, int]) -> None:
    bench = Bench(device, Vitals(sys=pressures[0], dia=pressures[1], map=pressures[2]))
    assert cuff_readings(bench.run(10)) == []
    bench.decoder.start_nibp()
    readings = bench.run(60)
    (reading,) = cuff_readings(readings)
    assert (reading.sys, reading.dia, reading.map, reading.error) == (*pressures, None)
    assert 45 * SECOND <= reading.t <= 50 * SECOND
    assert "measuring" in details(readings)
    assert details(readings)[-1] == ""


@every_device
def test_a_failure_is_told_with_its_reason_and_without_numbers(device: Device) -> None:
    bench = Bench(device)
    bench.decoder.start_nibp()
    assert len(cuff_readings(bench.run(60))) == 1  # a good one before: its numbers must not come again
    bench.device.cuff_error = "movement"
    bench.decoder.start_nibp()
    (reading,) = cuff_readings(bench.run(60))
    assert (reading.sys, reading.dia, reading.map, reading.error) == (None, None, None, device.movement)


@every_device
def test_no_cuff_on_the_arm_fails(device: Device) -> None:
    bench = Bench(device, Vitals(sys=None))
    bench.decoder.start_nibp()
    (reading,) = cuff_readings(bench.run(60))
    assert reading.error is not None


@every_device
def test_a_stop_reaches_the_device_at_once_and_says_so(device: Device) -> None:
    bench = Bench(device)
    bench.decoder.start_nibp()
    bench.run(60)
    bench.decoder.start_nibp()
    bench.run(15)
    bench.decoder.stop_nibp()
    readings = bench.run(5)
    (reading,) = cuff_readings(readings)
    assert (reading.sys, reading.error) == (None, "stopped")
    assert details(readings)[-1] == ""
    assert cuff_readings(bench.run(60)) == []


@every_device
def test_measuring_at_an_interval(device: Device) -> None:
    bench = Bench(device)
    bench.run(5)
    bench.decoder.set_interval(90)
    taken = [reading.t // SECOND for reading in cuff_readings(bench.run(265))]
    assert len(taken) == 3
    assert {b - a for a, b in pairwise(taken)} <= {89, 90, 91}
    bench.decoder.set_interval(None)
    assert cuff_readings(bench.run(200)) == []


@every_device
def test_a_device_at_rest_is_known_to_be_alive(device: Device) -> None:
    """T-4 alarms after 5 s, or 2.5 declared intervals, without a reading of any kind."""
    readings = Bench(device).run(20)
    times = [0, *(reading.t for reading in readings), 20 * SECOND]
    assert max(b - a for a, b in pairwise(times)) <= device.decoder("x").INTERVAL


@every_device
def test_a_cable_pulled_out_during_a_measurement_ends_it_as_failed(device: Device) -> None:
    bench = Bench(device)
    bench.run(5)
    bench.decoder.start_nibp()
    bench.run(10)
    bench.is_plugged = False
    assert cuff_readings(bench.run(120)) == []
    bench.is_plugged = True
    (reading,) = cuff_readings(bench.run(120))
    if reading.error is None:  # its end was found out afterwards
        assert reading.sys == 122
    else:
        assert reading.error == "no result"


@every_device
def test_noise_raises_nothing_holds_little_and_is_accounted_for(device: Device) -> None:
    decoder, dice = device.decoder("x"), Random(1)
    alphabet = bytes(set(device.capture))
    for _ in range(300):
        data = dice.randbytes(100) if dice.random() < 0.5 else bytes(dice.choices(alphabet, k=100))
        assert cuff_readings(decoder.feed(data, 0)) == []
        assert decoder.held <= 128
    counters = decoder.counters
    assert counters.bytes_in == 30_000 == counters.bytes_framed + counters.bytes_discarded + decoder.held


@every_device
@settings(deadline=None)
@given(garbage=st.binary(max_size=200))
def test_it_is_in_step_again_after_two_packets(device: Device, garbage: bytes) -> None:
    decoder = device.decoder("x")
    decoder.feed(garbage, 0)
    decoder.feed(_packets(device), 0)
    before = decoder.counters.frames
    decoder.feed(_packets(device), 0)
    assert decoder.counters.frames == before + 2


def _packets(device: Device) -> bytes:
    match device.name:
        case "suntech-nibp":
            return bytes.fromhex("3E 05 02 01 BA") * 2
        case "par-nibp":
            return b"\x02035C0S3\x03\r" * 2
        case _:
            return b' OA1097"H\r' * 2


def results(device: Device, stream: bytes) -> set[tuple[object, ...]]:
    """The numbers said: pressures of a cuff reading, or signal and value."""
    found: set[tuple[object, ...]] = set()
    for reading in device.decoder("x").feed(stream, 0):
        match reading:
            case NibpReading(error=None):
                found.add((reading.sys, reading.dia, reading.map))
            case Observation(value=float() | int()):
                found.add((reading.signal, reading.value))
    return found


@every_device
def test_no_single_changed_byte_gives_a_wrong_number(device: Device) -> None:
    stream, true = device.capture, results(device, device.capture)
    for at in range(len(stream)):
        for change in (0x01, 0x04, 0x10, 0x80):
            changed = stream[:at] + bytes([stream[at] ^ change]) + stream[at + 1 :]
            extra = results(device, changed) - true
            assert extra <= {("spo2", 97)}, (at, change, extra)  # a good reply of the capture, now in step
