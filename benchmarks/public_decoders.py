"""Public decoders of the same protocols, run as they are: nothing of theirs is here but the names they are called by.

Each gets its bytes in the way it reads them: one at a time from a port that never makes it wait, or in the pieces of
a Bluetooth notification.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

Said = tuple[int | None, int | None, int | None]
"""Pulse rate, SpO2 and pleth of one frame."""


@dataclass(frozen=True, slots=True)
class Public:
    """A public decoder of one of our devices, which takes its bytes in pieces of `piece`.

    `points` makes objects of their own, one a frame, of their module and the pieces; `said` reads such an object.
    `absent` is what the module imports and its parsing does not need.
    """

    owner: str
    repository: str
    device: str
    remark: str
    points: Callable[[Any, Sequence[bytes]], Iterator[Any]]
    said: Callable[[Any], Said]
    module: str
    under: str = ""
    absent: tuple[str, ...] = ()
    piece: int = 1

    def load(self, folder: Path) -> Callable[[Sequence[bytes]], Iterator[Any]]:
        """`points` of the module in this folder of checkouts."""
        place = str(folder / self.repository / self.under)
        sys.path.insert(0, place)
        try:
            with stood_in(self.absent):
                return partial(self.points, import_module(self.module))
        finally:
            sys.path.remove(place)


class Absent(ModuleType):
    """A screen, a plot, a radio that is not there: any name in it is an empty class."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


@contextmanager
def stood_in(names: Sequence[str]) -> Iterator[None]:
    """While these modules are not there."""
    before = {name: sys.modules.pop(name, None) for name in names}
    sys.modules.update({name: Absent(name) for name in names})
    try:
        yield
    finally:
        for name, module in before.items():
            del sys.modules[name]
            if module:
                sys.modules[name] = module


class Port:
    """A serial port with everything already there: reading a byte could hardly cost less."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self.read = partial(next, iter(pieces), b"")

    def __getattr__(self, name: str) -> Callable[..., None]:
        """Opening, writing and all else does nothing."""
        return lambda *_: None


def live_data(theirs: Any, pieces: Sequence[bytes]) -> Iterator[Any]:
    """Of CMS50Dplus."""
    device = theirs.CMS50Dplus("")
    device.conn = Port(pieces)
    yield from device.getLiveData()


def realtime_data(theirs: Any, pieces: Sequence[bytes]) -> Iterator[Any]:
    """Of CMS50Dplus7."""
    device = theirs.CMS50Dplus(connect=False)
    device.connection = Port(pieces)
    yield from device.get_realtime_data()


def processed(theirs: Any, pieces: Sequence[bytes]) -> Iterator[Any]:
    """Of cms50ew, which ends where a byte is missing."""
    device = theirs.CMS50EW()
    device.is_bluetooth, device.ser = False, Port(pieces)
    with suppress(TypeError):
        while True:
            yield device.process_data()


def added(theirs: Any, pieces: Sequence[bytes]) -> Iterator[Any]:
    """Of berry-oximeter."""
    parser = theirs.BCIProtocolParser()
    for piece in pieces:
        yield from parser.add_data(piece)


PLOTS = ("matplotlib", "matplotlib.dates", "matplotlib.pyplot")
PUBLIC = (
    Public(
        owner="atbrask",
        repository="CMS50Dplus",
        device="contec-5byte",
        remark="looks for sync bits, believes every frame, states as flags beside the numbers",
        points=live_data,
        said=lambda point: (point.pulseRate, point.bloodSpO2, point.pulseWaveform),
        module="cms50dplus.cms50dplus",
    ),
    Public(
        owner="timegrid",
        repository="CMS50Dplus7",
        device="contec-v7",
        remark="looks for sync bits and lengths, raises on the first that is wrong, believes every packet",
        points=realtime_data,
        said=lambda point: (point.pulse_rate, point.spO2, point.pulse_waveform),
        module="cms50dplus7",
        absent=(
            *PLOTS,
            *("matplotlib.backend_bases", "matplotlib.backends", "matplotlib.backends.backend_tkagg"),
            "tkinter",
        ),
    ),
    Public(
        owner="tobac",
        repository="cms50ew",
        device="contec-v7",
        remark="takes three bytes of each packet without their bits 7, checks nothing, knows no pleth",
        points=processed,
        said=lambda point: (point[1], point[2], None),
        module="cms50ew",
        under="cms50ew",
        absent=(*PLOTS, "bluetooth", "pygal"),
    ),
    Public(
        owner="atick-faisal",
        repository="berry-oximeter",
        device="berry-bci",
        remark="looks for sync bits, believes every frame, states as flags beside the numbers",
        points=added,
        said=lambda point: (point.pulse_rate, point.spo2, point.pleth),
        module="berry_oximeter.parser",
        under="src",
        absent=("bleak",),
        piece=20,  # a notification; with larger pieces it is slower
    ),
)
