"""From a serial port to the alarms and the record: a cable is pulled in the middle of a session."""

import os
import queue
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alerts.engine import Engine
from alerts.model import OccurrenceEvent, Phase
from alerts.profiles import load_profile
from alerts.session import RunningSession
from alerts.snapshot import Snapshot
from alerts.station import Station
from ingest.model import DeviceState, RawBytes, Signal
from ingest.recorder import SessionFacts
from ingest.recorder.opening import recording
from ingest.recorder.record import open_record
from ingest.sources import Mode, Source
from ingest.sources.csv import CsvSource
from ingest.sources.pacing import SessionClock
from ingest.sources.serial_port import SerialSource
from tests.ingest.sources.cables import PATIENCE_S, Cable, Tiny, frame

pytestmark = [pytest.mark.flow, pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals")]
PROFILE = load_profile("iv-ketamine")


class Bedside:
    """A station, what it alarmed, and its snapshots. Unless it gets a clock, time passes when the test says so."""

    def __init__(self, clock: SessionClock | None = None) -> None:
        self.ns = 0
        self.clock = clock or SessionClock(monotonic_ns=lambda: self.ns)
        self.alarms: list[tuple[str, str]] = []
        self.station = Station(Engine(PROFILE), self.clock, self._tell)
        self._shots: queue.Queue[Snapshot] = queue.Queue()
        self.station.subscribe(lambda: self._shots.put(self.station.snapshot))

    def _tell(self, event: object) -> None:
        if isinstance(event, OccurrenceEvent):
            self.alarms.append((type(event).__name__, f"{event.occurrence.rule} {event.occurrence.message}"))

    def passes(self, seconds: float) -> None:
        self.ns += round(seconds * 1e9)

    def until(self, wanted: Callable[[Snapshot], bool]) -> Snapshot:
        while not wanted(shot := self._shots.get(timeout=PATIENCE_S)):
            pass
        return shot

    def until_open(self, name: str) -> Snapshot:
        return self.until(lambda shot: any(d.source == name and "is open" in d.detail for d in shot.devices))

    def until_rate(self, rate: float) -> Snapshot:
        return self.until(lambda shot: Signal.HR in shot.samples and shot.samples[Signal.HR].value == rate)


@pytest.fixture
def facts() -> SessionFacts:
    return SessionFacts(
        bed="Bed 1",
        mode=Mode.LIVE,
        started=datetime(2026, 3, 1, 13, tzinfo=UTC),
        profile=PROFILE.name,
        profile_toml=PROFILE.text,
        sources=("serial:oximeter?device=tiny",),
        version="0",
    )


def test_a_cable_is_pulled_and_plugged_in_again(tmp_path: Path, facts: SessionFacts) -> None:
    cable, bed = Cable(tmp_path / "oximeter"), Bedside()
    cable.plug()
    source = SerialSource(cable.port, Tiny, "tiny")
    with (
        recording(tmp_path / "data", facts, lambda said: None) as recorder,
        RunningSession(bed.station, [source], bed.clock, Phase.INFUSION, recorder),
    ):
        bed.until_open("tiny")
        cable.says(b"\x55\x55" + frame(61))
        assert bed.until_rate(61).devices[0].state is DeviceState.CONNECTED

        cable.unplug()
        bed.until(lambda shot: shot.devices[0].state is DeviceState.DISCONNECTED)
        assert bed.alarms == []
        bed.passes(6)  # T-4: 5 s after the last reading
        bed.until(lambda shot: bool(shot.occurrences))
        assert [word for word, _ in bed.alarms] == ["Raised"]
        assert bed.alarms[0][1].startswith("T-4 tiny: disconnected (")

        cable.plug()
        bed.until_open("tiny")
        assert len(bed.alarms) == 1  # an open port is no device
        cable.says(frame(62))
        bed.until_rate(62)
        assert [(word, text[:3]) for word, text in bed.alarms] == [("Raised", "T-4"), ("Ended", "T-4")]
    cable.unplug()

    record = open_record(tmp_path / "data")
    kept = [item[1] for item in record.inputs(record.session("last")) if isinstance(item, tuple)]
    raw = b"".join(reading.data for reading in kept if isinstance(reading, RawBytes))
    assert raw == b"\x55\x55" + frame(61) + frame(62)


def test_a_line_and_a_recording_in_one_session(tmp_path: Path) -> None:
    """The end of the recording does not end the session, and time does not wait for the silent line."""
    table = tmp_path / "ward.csv"
    table.write_text("time,SpO2\n0,97\n0.2,98\n")
    cable, bed = Cable(tmp_path / "oximeter"), Bedside(SessionClock())
    cable.plug()
    sources: list[Source] = [CsvSource(str(table)), SerialSource(cable.port, Tiny, "tiny")]
    with RunningSession(bed.station, sources, bed.clock, Phase.INFUSION):
        bed.until_open("tiny")
        bed.until(lambda shot: any(device.state is DeviceState.ENDED for device in shot.devices))
        cable.says(frame(61))
        shot = bed.until_rate(61)
        assert shot.samples[Signal.SPO2].value == 98
        assert not shot.is_ended
    cable.unplug()
