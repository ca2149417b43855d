"""What holds for every Nonin format: any noise, every byte counted."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.devices import Decoder
from ingest.devices.nonin_df13 import NoninDf13
from ingest.devices.nonin_packets import NoninDf2, NoninDf7
from ingest.devices.nonin_seconds import NoninAscii, NoninDf1, NoninDf8
from ingest.model import Observation

CAPTURES = Path(__file__).parents[3] / "sample_data" / "captures"


@dataclass(frozen=True)
class Device:
    """A decoder with its capture and one calm packet of 75 bpm and 97 %; `enough` of them give a number."""

    make: Callable[[str], Decoder]
    name: str
    calm: bytes
    enough: int = 2

    @property
    def capture(self) -> bytes:
        return (CAPTURES / f"nonin-{self.name}.bin").read_bytes()


def frames(head: str) -> bytes:
    """25 frames of format 2 or 7 with a display of 75 and 97."""
    packet = b""
    for place in range(25):
        value = {8: 97, 20: 75}.get(place, 0)
        frame = bytes.fromhex(head.replace("SS", "81" if place == 0 else "80")) + bytes([value])
        packet += frame + bytes([sum(frame) % 256])
    return packet


DEVICES = [
    Device(NoninDf2, "df2", frames("01 SS 40")),
    Device(NoninDf7, "df7", frames("SS 40 00")),
    Device(NoninDf8, "df8", bytes.fromhex("80 4B 61 00"), enough=3),
    Device(NoninDf1, "df1", bytes.fromhex("80 4B 61"), enough=3),
    Device(NoninAscii, "ascii", b"SPO2=097 HR=075\r\n"),
    Device(NoninDf13, "df13", bytes.fromhex("0002000D000E 2026112110300000 0200 004B 00 61 66 03"), enough=1),
]
every_device = pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.name)
unhurried = settings(deadline=None)


def numbers(decoder: Decoder, data: bytes) -> list[float | None]:
    return [reading.value for reading in decoder.feed(data, 0) if isinstance(reading, Observation)]


@every_device
def test_the_first_number_takes_so_many_packets(device: Device) -> None:
    decoder = device.make("x")
    shown = [numbers(decoder, device.calm) for _ in range(device.enough)]
    assert shown == [[]] * (device.enough - 1) + [[75, 97]]


@every_device
@unhurried
@given(noise=st.binary(max_size=600))
def test_after_any_noise_so_many_packets_are_enough_again(device: Device, noise: bytes) -> None:
    decoder = device.make("x")
    decoder.feed(noise, 0)
    assert numbers(decoder, device.enough * device.calm)[-2:] == [75, 97]


@every_device
@unhurried
@given(pieces=st.lists(st.binary(max_size=900), max_size=6))
def test_every_byte_is_counted_and_few_are_kept(device: Device, pieces: list[bytes]) -> None:
    decoder = device.make("x")
    for piece in pieces:
        decoder.feed(piece, 0)
        seen = decoder.counters
        assert seen.bytes_in == seen.bytes_framed + seen.bytes_discarded + decoder.held
        assert decoder.held < 263


@pytest.mark.parametrize("device", [d for d in DEVICES if d.name in {"df2", "df7", "df13"}], ids=lambda d: d.name)
@unhurried
@given(data=st.data())
def test_a_byte_changed_never_shows_a_wrong_number_where_there_is_a_checksum(
    device: Device, data: st.DataObject
) -> None:
    changed = bytearray(2 * device.calm)
    changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    assert set(numbers(device.make("x"), bytes(changed) + 2 * device.calm)) <= {75, 97}


@every_device
def test_no_format_is_taken_for_another(device: Device) -> None:
    for other in DEVICES:
        if other.name != device.name:
            assert numbers(device.make("x"), 20 * other.calm) == []
