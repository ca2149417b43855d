"""The sources of a session as screens see them: how each is, what its line counts, and the orders it is given."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, runtime_checkable

from alerts.model import CuffIntervalSet, CuffOrder, CuffOrdered, Event, Input
from alerts.snapshot import Device
from ingest.devices import ControlsCuff, Counters
from ingest.model import SECOND, DeviceConfiguration, DeviceState, DeviceStatus, NibpReading, Observation, Waveform
from ingest.sources import RECORD, SOUND, Source

COUNTED = SECOND
"""Counters of a line are renewed this often: they change with every byte, and nobody reads them faster."""


@runtime_checkable
class Counts(Protocol):
    """A source with a line; `last_good` is the session time of the last good frame."""

    @property
    def counters(self) -> Counters: ...
    @property
    def last_good(self) -> int | None: ...


class Devices:
    """Written by the station's thread alone."""

    def __init__(self) -> None:
        self._sources: dict[str, Source] = {}
        self._devices: dict[str, Device] = {}
        self._counted = -COUNTED

    def attach(self, sources: Sequence[Source]) -> None:
        """These are there in this session; a recording's are not."""
        self._sources = {source.name: source for source in sources}

    def take(self, input_: Input) -> None:
        """What a source said changes how it looks."""
        match input_:
            case DeviceConfiguration(t=t, source=source, signals=signals):
                self._devices[source] = Device(source, DeviceState.CONNECTED, t, signals=signals)
            case DeviceStatus(t, source, state, detail, conditions) if source not in (RECORD, SOUND):
                device = self._known(source, t)
                self._devices[source] = replace(device, state=state, detail=detail, conditions=conditions)
            case Observation(t=t, source=source) | NibpReading(t=t, source=source) | Waveform(t=t, source=source):
                device = self._known(source, t)
                self._devices[source] = replace(device, state=DeviceState.CONNECTED, heard=t, detail="")

    def _known(self, source: str, t: int) -> Device:
        return self._devices.get(source) or Device(source, DeviceState.CONNECTED, t)

    def obey(self, event: Event) -> None:
        """What the engine ordered is handed to the cuff; a recording has none to move."""
        if not isinstance(event, CuffOrdered | CuffIntervalSet):
            return
        cuff = self._sources.get(event.source)
        if isinstance(cuff, ControlsCuff):
            match event:
                case CuffOrdered(order=CuffOrder.START):
                    cuff.start_nibp()
                case CuffOrdered():
                    cuff.stop_nibp()
                case CuffIntervalSet(seconds=seconds):
                    cuff.set_interval(seconds)

    def shot(self, now: int) -> tuple[Device, ...]:
        """All of them at session time `now`."""
        if now - self._counted >= COUNTED:
            self._counted = now
            for name, source in self._sources.items():
                if isinstance(source, Counts) and name in self._devices:
                    counters = replace(source.counters)
                    self._devices[name] = replace(self._devices[name], counters=counters, last_good=source.last_good)
        return tuple(self._devices.values())

    @property
    def rejected(self) -> int:
        """What the sources could not read: rows, frames with a bad checksum."""
        return sum(source.rejected for source in self._sources.values())
