"""Raw bytes from a file: 9600 baud are 960 bytes a second, cut into pieces of a twentieth, 48 bytes."""

from pathlib import Path

import pytest

from ingest.devices import Line
from ingest.model import SECOND, DeviceConfiguration, Observation, RawBytes, Signal
from ingest.sources import Mode, SourceError
from ingest.sources.capture import CaptureSource
from ingest.sources.url import open_source
from tests.ingest.sources.cables import Tiny, frame


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """20 frames: a piece of 48 bytes, and one of 12."""
    path = tmp_path / "ward.bin"
    path.write_bytes(b"".join(frame(value) for value in range(60, 80)))
    return path


def test_bytes_come_at_the_speed_of_the_line(capture: Path) -> None:
    source = CaptureSource(str(capture), Tiny, "tiny")
    assert (source.name, source.mode, source.speed, source.backlog) == ("tiny", Mode.REPLAY, 1, 0)
    first, *readings = source.readings()
    assert first == DeviceConfiguration(0, "tiny", frozenset({Signal.HR}), SECOND)
    data = capture.read_bytes()
    pieces = [RawBytes(50_000, "tiny", data[:48]), RawBytes(62_500, "tiny", data[48:])]
    assert [reading for reading in readings if isinstance(reading, RawBytes)] == pieces
    values = [(reading.t, reading.value) for reading in readings if isinstance(reading, Observation)]
    assert values == [(50_000 if value < 76 else 62_500, value) for value in range(60, 80)]
    assert source.notes() == ["no times in a raw file: played at 960 bytes a second, the speed of the line"]


def test_at_another_speed_of_the_line(capture: Path) -> None:
    *_, last = CaptureSource(str(capture), Tiny, "tiny", Line(4800)).readings()
    assert last == Observation(125_000, "tiny", Signal.HR, 79)


def test_what_was_not_understood_is_counted(capture: Path) -> None:
    capture.write_bytes(b"\x00\x01" + frame(60) + b"\xaa\x00\x00")
    source = CaptureSource(str(capture), Tiny, "tiny")
    assert len(list(source.readings())) == 3
    assert source.rejected == 1
    assert source.notes()[1] == "3 of 8 bytes were not understood"


def test_a_capture_by_its_url(capture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.sources.url.DEVICES", {"tiny": Tiny})
    source = open_source(f"capture:{capture}?device=tiny&speed=10&name=ward&baud=4800")
    assert (source.name, source.speed) == ("ward", 10)
    *_, last = source.readings()
    assert last is not None
    assert last.t == 125_000
    for url, words in (
        ("capture:?device=tiny", "capture: names no file"),
        (f"capture:{capture}", "capture: names no device"),
        (f"capture:{capture}?device=tin", "capture: no device 'tin': there is tiny"),
        (f"capture:{capture}?device=tiny&speed=0", "capture: option speed=0: give a number above 0"),
        (f"capture:{capture}x?device=tiny", "x: cannot be read: No such file or directory"),
    ):
        with pytest.raises(SourceError) as raised:
            open_source(url)
        assert words in str(raised.value)
