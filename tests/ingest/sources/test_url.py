"""Source URLs, as people type them."""

import os
from pathlib import Path

import pytest

from ingest.model import SECOND, DeviceConfiguration, Observation
from ingest.sources import Mode, SourceError
from ingest.sources.url import open_source

TABLE = "time,HR\n0,80\n1,81\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be in, with one table."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ward.csv").write_text(TABLE)
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("url", ["csv:ward.csv", "CSV:ward.csv", "ward.csv", "./ward.csv", "csv:./ward.csv"])
def test_a_table(url: str) -> None:
    source = open_source(url)
    assert (source.name, source.mode, source.speed) == ("ward", Mode.REPLAY, 1)


def test_a_table_by_its_whole_path(folder: Path) -> None:
    assert open_source(f"csv:{folder / 'ward.csv'}").name == "ward"
    assert open_source(str(folder / "ward.csv")).name == "ward"


@pytest.mark.parametrize("name", ["ward.csv", "WARD.CSV", "ward.tsv", "ward.txt"])
def test_endings_that_need_no_scheme(folder: Path, name: str) -> None:
    (folder / name).write_text(TABLE)
    assert open_source(name).mode is Mode.REPLAY


@pytest.mark.usefixtures("folder")
def test_options() -> None:
    source = open_source("ward.csv?speed=2.5&interval=0.5&name=bed+1")
    assert (source.name, source.speed) == ("bed 1", 2.5)
    configuration = next(source.readings())
    assert isinstance(configuration, DeviceConfiguration)
    assert configuration.interval == SECOND // 2
    followed = open_source("csv:ward.csv?follow=1")
    assert (followed.mode, followed.backlog) == (Mode.LIVE, SECOND)
    assert open_source("csv:ward.csv?follow=0").mode is Mode.REPLAY


@pytest.mark.parametrize("form", ["%d.%m.%Y %H:%M:%S", "%25d.%25m.%25Y%20%25H%3A%25M%3A%25S", "%d.%m.%Y+%H:%M:%S"])
def test_a_form_of_time_quoted_or_not(folder: Path, form: str) -> None:
    (folder / "dates.csv").write_text("Zeit;Puls\n31.01.2026 10:00:00;80\n31.01.2026 10:00:02;81\n")
    _, *readings = open_source(f"csv:dates.csv?time={form}").readings()
    assert [reading.t for reading in readings if reading] == [0, 2 * SECOND]


@pytest.mark.skipif(os.name == "nt", reason="no such names there")
@pytest.mark.parametrize("name", ["what?.csv", "a?speed=2.csv", "a b%20c.csv", "C:\\x.csv", "ws:1.csv"])
def test_odd_names_of_files_that_exist(folder: Path, name: str) -> None:
    (folder / name).write_text(TABLE)
    for url in (f"csv:{name}", name):
        source = open_source(url)
        assert len(list(source.readings())) == 3
    assert open_source(f"csv:{name}?speed=3").speed == 3


def test_a_drive_letter_is_no_scheme() -> None:
    for url in ("C:\\none.csv", "csv:C:\\none.csv"):
        with pytest.raises(SourceError, match=r"^C:\\none\.csv: cannot be read"):
            open_source(url)


def test_a_simulated_patient() -> None:
    source = open_source("sim:uneventful?seed=7&speed=4")
    assert (source.mode, source.speed) == (Mode.SIMULATED, 4)
    assert list(source.readings()) == list(open_source("sim:uneventful?seed=7").readings())
    first = [reading for reading in open_source("sim:uneventful").readings() if isinstance(reading, Observation)]
    other = [reading for reading in open_source("sim:uneventful?seed=2").readings() if isinstance(reading, Observation)]
    assert first != other


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("csv:", "names no file"),
        ("csv:none.csv", "none.csv: cannot be read: No such file or directory"),
        ("csv:none.csv?speed=2", "none.csv: cannot be read"),
        ("csv:ward.csv?sped=10", "no option 'sped': it has speed, follow, interval, time, name"),
        ("csv:ward.csv?speed", "option speed has no value"),
        ("csv:ward.csv?speed=0", "speed=0: give a number above 0"),
        ("csv:ward.csv?speed=fast", "speed=fast: give a number above 0"),
        ("csv:ward.csv?speed=nan", "speed=nan: give a number above 0"),
        ("csv:ward.csv?speed=inf", "speed=inf: give a number above 0"),
        ("csv:ward.csv?interval=-1", "interval=-1: give a number above 0"),
        ("csv:ward.csv?interval=1e-9", "interval 0 s is not possible"),
        ("csv:ward.csv?follow=yes", "follow=yes: give 0 or 1"),
        ("csv:ward.csv?follow=1&speed=2", "leave speed out"),
        ("csv:ward.csv?time=%Q", "is not a form such as"),
        ("sim:uneventful?sed=1", "no option 'sed': it has seed, speed"),
        ("sim:uneventful?seed=x", "seed=x: give a whole number"),
        ("sim:uneventful?speed=0", "speed=0: give a number above 0"),
        ("sim:no-such-scenario", "no-such-scenario"),
        ("serial:COM3?device=x", "no device 'x'"),
        ("capture:x.bin?device=x", "no device 'x'"),
        ("http://example.org/x.csv", "not a source: use csv:PATH, csv:-, sim:SCENARIO"),
        ("ward", "not a source"),
        ("", "not a source"),
        ("x" * 5000 + ".csv", "cannot be read: File name too long"),
        ("csv:a\0b", "null byte"),
    ],
)
def test_a_mistake_is_explained_in_one_line(url: str, words: str) -> None:
    with pytest.raises(SourceError) as raised:
        open_source(url)
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)
