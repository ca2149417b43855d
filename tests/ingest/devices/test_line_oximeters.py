"""What must hold of the Masimo, Nellcor, Ivy and Capnostream decoders on any line."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.devices import Decoder
from ingest.devices.capnostream20 import Capnostream20
from ingest.devices.ivy_450c import Ivy450C
from ingest.devices.masimo_ascii1 import MasimoAscii1, MasimoTrend
from ingest.devices.nellcor_ascii import NellcorAscii
from ingest.model import SECOND, Observation, Reading

CAPTURES = Path(__file__).parents[3] / "sample_data" / "captures"


@dataclass(frozen=True)
class Device:
    name: str
    make: Callable[[str], Decoder]
    longest: int

    @property
    def capture(self) -> bytes:
        return (CAPTURES / f"{self.name}.bin").read_bytes()


DEVICES = [
    Device("masimo-ascii1", MasimoAscii1, 513),
    Device("masimo-trend", MasimoTrend, 513),
    Device("nellcor-ascii", NellcorAscii, 133),
    Device("ivy-450c", Ivy450C, 1490),
    Device("capnostream20", Capnostream20, 515),
]
every_device = pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.name)


def values(readings: list[Reading]) -> list[float | None]:
    return [reading.value for reading in readings if isinstance(reading, Observation)]


@every_device
@settings(deadline=None)
@given(data=st.data())
def test_a_mutated_stream_raises_nothing_and_every_byte_is_accounted_for(device: Device, data: st.DataObject) -> None:
    decoder, stream = device.make("x"), bytearray(device.capture)
    for _ in range(data.draw(st.integers(0, 30))):
        at = data.draw(st.integers(0, len(stream) - 1))
        stream[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    for at in range(0, len(stream), 97):
        decoder.feed(bytes(stream[at : at + 97]), 0)
        seen = decoder.counters
        assert seen.bytes_in == seen.bytes_framed + seen.bytes_discarded + decoder.held
        assert decoder.held <= device.longest


@every_device
def test_noise_of_the_devices_own_bytes_gives_no_numbers(device: Device) -> None:
    decoder, dice = device.make("x"), Random(1)
    alphabet = bytes(set(device.capture))
    for _ in range(500):
        data = dice.randbytes(100) if dice.random() < 0.3 else bytes(dice.choices(alphabet, k=100))
        assert values(decoder.feed(data, 0)) == []
        assert decoder.held <= device.longest


@every_device
def test_after_a_long_silence_two_packets_are_needed_again(device: Device) -> None:
    decoder = device.make("x")
    decoder.feed(device.capture, 0)
    again = decoder.feed(device.capture, 100 * SECOND)
    assert len(values(again)) == len(values(device.make("x").feed(device.capture, 100 * SECOND)))


@every_device
def test_nothing_that_was_not_asked_for_is_sent(device: Device) -> None:
    decoder = device.make("x")
    assert bool(decoder.due(0)) == (device.name == "capnostream20")
