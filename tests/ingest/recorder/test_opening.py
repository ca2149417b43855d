"""What the recorder opens, what it makes, and what it refuses in one line."""

import os
import shutil
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest.recorder import RecordError, SessionFacts, database
from ingest.recorder.record import open_record
from ingest.recorder.store import Store

posix = pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
Question = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with an empty record in it."""
    Store(tmp_path / "data").close()
    return tmp_path / "data"


@pytest.fixture
def ask(data: Path) -> Question:
    """Put a statement to the file behind the recorder's back."""

    def answer(statement: str) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(data / "dripwatch.sqlite", isolation_level=None)
        rows = connection.execute(statement).fetchall()
        connection.close()
        return rows

    return answer


@pytest.fixture
def nobody(tmp_path: Path) -> Iterator[None]:
    """Somebody who must not write there; to root nothing is forbidden."""
    tmp_path.chmod(0o500)
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    yield
    os.seteuid(before)


def refused(opening: Callable[[Path], object], directory: Path) -> str:
    """The one line that says why not."""
    with pytest.raises(RecordError) as error:
        opening(directory)
    assert "\n" not in str(error.value)
    return str(error.value)


@posix
def test_only_this_user_can_read_what_it_makes(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = Store(tmp_path / "deep" / "data")
        files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "deep" / "data").iterdir()}
        store.close()
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "deep" / "data").stat().st_mode) == 0o700
    assert files.keys() >= {"dripwatch.sqlite", "dripwatch.sqlite-wal", "dripwatch.sqlite-shm", "dripwatch.lock"}
    assert set(files.values()) == {0o600}


@posix
def test_a_record_that_others_could_read_is_closed_to_them(data: Path) -> None:
    (data / "dripwatch.sqlite").chmod(0o644)
    Store(data).close()
    assert stat.S_IMODE((data / "dripwatch.sqlite").stat().st_mode) == 0o600


def test_closed_it_is_one_file(data: Path) -> None:
    assert sorted(path.name for path in data.iterdir()) == ["dripwatch.lock", "dripwatch.sqlite"]


def test_the_file_says_whose_it_is_and_its_tables_are_strict(ask: Question) -> None:
    assert ask("PRAGMA application_id") == [(0x44524950,)]  # "DRIP"
    assert ask("PRAGMA user_version") == [(1,)]
    assert ask("PRAGMA journal_mode") == [("wal",)]
    tables = {name: (no_rowid, strict) for _, name, kind, _, no_rowid, strict in ask("PRAGMA table_list")}
    assert {name: flags for name, flags in tables.items() if not name.startswith("sqlite_")} == {
        "session": (0, 1),
        "observation": (1, 1),
        "device": (1, 1),
        "wave": (1, 1),
        "raw": (1, 1),
        "sent": (1, 1),
        "entry": (1, 1),
        "gap": (1, 1),
    }


@pytest.mark.parametrize(
    "values",
    [
        "NULL, 'ok', 's', NULL",  # no value and yet fine
        "70.0, 'no-reading', 's', NULL",  # a value and yet none
        "70.0, 'good', 's', NULL",  # a quality nobody knows
        "'fast', 'ok', 's', NULL",  # text for a number
    ],
)
def test_a_value_that_contradicts_its_quality_is_refused_by_the_file_itself(
    data: Path, ask: Question, facts: SessionFacts, values: str
) -> None:
    store = Store(data)
    store.begin(facts)
    store.close()
    with pytest.raises(sqlite3.IntegrityError):
        ask(f"INSERT INTO observation VALUES (1, 1, 0, 'hr', {values})")  # noqa: S608


def test_a_commit_waits_for_the_disk_and_nothing_is_mapped_into_memory(data: Path) -> None:
    with database.writer(data / "dripwatch.sqlite").connect() as connection:
        names = ("synchronous", "mmap_size", "foreign_keys", "busy_timeout")
        said = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}
    assert said == {"synchronous": 2, "mmap_size": 0, "foreign_keys": 1, "busy_timeout": 5000}  # 2 is FULL


def test_a_second_writer_is_told_who_has_the_directory(data: Path) -> None:
    first = Store(data)
    assert refused(Store, data) == (
        f"the data directory {data} is in use by another dripwatch (process {os.getpid()}): "
        "close that one, or choose another directory with --data"
    )
    first.close()
    Store(data).close()


def test_a_record_of_a_newer_version_is_refused(data: Path, ask: Question) -> None:
    ask("PRAGMA user_version = 2")
    for opening in (Store, open_record):
        message = refused(opening, data)
        assert "written by a newer Dripwatch (record version 2, this one knows 1): update Dripwatch" in message


def test_a_file_that_is_no_database_is_refused_and_left_as_it_was(data: Path) -> None:
    path = data / "dripwatch.sqlite"
    path.write_bytes(b"time_s,hr\n0,72\n" * 100)
    for opening in (Store, open_record):
        assert f"{path} is not a Dripwatch record: move it away" in refused(opening, data)
    assert path.read_bytes() == b"time_s,hr\n0,72\n" * 100


def test_another_programs_database_is_refused_and_left_as_it_was(data: Path, ask: Question) -> None:
    path = data / "dripwatch.sqlite"
    path.unlink()
    ask("CREATE TABLE recipes (name TEXT)")
    before = path.read_bytes()
    assert f"{path} is not a Dripwatch record" in refused(Store, data)
    assert path.read_bytes() == before


def test_a_start_that_was_cut_off_before_anything_was_written_is_made_good(data: Path, ask: Question) -> None:
    path = data / "dripwatch.sqlite"
    path.write_bytes(b"")
    Store(data).close()
    path.unlink()
    ask("PRAGMA journal_mode = WAL")  # a file with a first page and nothing else
    Store(data).close()
    assert open_record(data).sessions() == []


def test_a_damaged_record_is_refused_and_kept(data: Path, facts: SessionFacts) -> None:
    path = data / "dripwatch.sqlite"
    content = bytearray(path.read_bytes())
    content[4096:8192] = b"\x5a" * 4096  # the first page behind the table of contents
    path.write_bytes(content)
    assert "keep the file for repair and choose another directory with --data" in refused(Store, data)
    assert path.read_bytes() == content


@posix
def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for directory in (tmp_path / "file", tmp_path / "file" / "data"):
        assert refused(Store, directory) == (
            f"cannot use the data directory {directory}: Not a directory; "
            "check that it may be written, or choose another directory with --data"
        )


@posix
def test_a_directory_that_must_not_be_written_is_named(tmp_path: Path, nobody: None) -> None:
    assert refused(Store, tmp_path) == (
        f"cannot use the data directory {tmp_path}: Permission denied; "
        "check that it may be written, or choose another directory with --data"
    )


def test_a_directory_in_the_place_of_the_file_is_named(data: Path) -> None:
    (data / "dripwatch.sqlite").unlink()
    (data / "dripwatch.sqlite").mkdir()
    assert refused(Store, data).startswith(f"cannot open the record {data / 'dripwatch.sqlite'}: ")
    assert refused(open_record, data).startswith(f"cannot read the record {data / 'dripwatch.sqlite'}: ")


def test_an_all_but_full_disk_is_refused_before_it_is_full(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(data)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=3 << 20))
    assert refused(Store, data).startswith(f"only 3 MiB are free where {data} lies and 32 are needed: make room")


def test_after_a_refusal_the_directory_is_free_again(data: Path, ask: Question) -> None:
    ask("PRAGMA user_version = 2")
    refused(Store, data)
    ask("PRAGMA user_version = 1")
    Store(data).close()


def test_there_is_nothing_to_read_where_nothing_was_recorded(tmp_path: Path) -> None:
    assert refused(open_record, tmp_path).startswith(f"no record in {tmp_path}: record a session first")


def test_a_table_that_came_later_is_made_in_an_older_record(data: Path, ask: Question) -> None:
    ask("DROP TABLE sent")
    Store(data).close()
    assert ask("SELECT count(*) FROM sent") == [(0,)]
