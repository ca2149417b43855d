"""Reading the record: sessions by their names, inputs in their order, in pages, beside the writer."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete
from sqlalchemy.exc import DBAPIError

from ingest.model import SECOND, DeviceConfiguration, DeviceState, DeviceStatus, NibpReading, Observation, Signal
from ingest.recorder import Entry, RecordError, SessionFacts, database, record
from ingest.recorder.record import Record, open_record
from ingest.recorder.schema import SESSION

Make = Callable[..., Any]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_inputs_come_in_the_order_they_were_taken_and_events_apart(
    bench: Make, facts: SessionFacts, data: Path
) -> None:
    b = bench()
    b.recorder.begin(facts)
    taken = [
        DeviceConfiguration(0, "serial:COM3", frozenset({Signal.HR, Signal.SPO2}), SECOND),
        DeviceStatus(0, "serial:COM3", DeviceState.CONNECTED, "Nonin Xpod"),
        NibpReading(SECOND, "serial:COM3", 161.0, 88.0, 112.0),
    ]
    raised = Entry(4, SECOND, "event", "raised", None, '{"rule":"BP-1"}')
    command = Entry(5, 2 * SECOND, "command", "acknowledge", "nurse", '{"occurrences":[1]}')
    for seq, reading in enumerate(taken, 1):
        b.recorder.take(seq, reading)
    b.recorder.note(raised)
    b.recorder.note(command)
    b.take(6)
    b.recorder.finish(6 * SECOND, "stopped")
    kept = open_record(data)
    sixth = Observation(6 * SECOND, "csv:demo.csv", Signal.HR, 66.0)
    assert list(kept.inputs(kept.session("last"))) == [*enumerate(taken, 1), command, (6, sixth)]
    assert list(kept.events(kept.session("last"))) == [raised]


UUIDS = ["4aaa0000-one", "4aaa0000-two", "7777bbbb-three"]


@pytest.fixture
def three(bench: Make, facts: SessionFacts, data: Path) -> Record:
    """A record of three sessions of one reading each, with uuids that tests can name."""
    for _ in UUIDS:
        b = bench()
        b.recorder.begin(facts)
        b.take(1)
        b.recorder.finish(SECOND, "stopped")
        b.recorder.close()
    with sqlite3.connect(data / "dripwatch.sqlite") as connection:
        connection.executemany("UPDATE session SET uuid = ? WHERE id = ?", [(u, n) for n, u in enumerate(UUIDS, 1)])
    connection.close()
    return open_record(data)


def test_sessions_are_listed_oldest_first(three: Record) -> None:
    assert [(session.id, session.uuid) for session in three.sessions()] == list(enumerate(UUIDS, 1))


@pytest.mark.parametrize(("key", "found"), [("2", 2), ("4aaa0000-o", 1), ("7777", 3), ("last", 3)])
def test_a_session_is_found_by_number_by_the_start_of_its_uuid_or_as_the_last(
    three: Record, key: str, found: int
) -> None:
    assert three.session(key).id == found


@pytest.mark.parametrize("key", ["4", "777", "", "%", "no-such"])  # 4 is no session, though a uuid begins with it
def test_a_session_that_is_not_there_is_named(three: Record, key: str) -> None:
    with pytest.raises(RecordError, match=rf"has no session '{key}': name one by its number, as .* shows it"):
        three.session(key)


def test_a_name_that_fits_several_is_refused(three: Record) -> None:
    with pytest.raises(RecordError, match=r"2 sessions of .* begin with '4aaa': name one by its number"):
        three.session("4aaa")


def test_before_the_first_session_there_is_no_last(bench: Make, data: Path) -> None:
    bench()
    with pytest.raises(RecordError, match="has no session 'last'"):
        open_record(data).session("last")


def test_a_session_holds_only_its_own(three: Record) -> None:
    assert [len(list(three.inputs(session))) for session in three.sessions()] == [1, 1, 1]


@pytest.mark.parametrize("page", [1, 2, 3, 7, 100])
def test_pages_neither_lose_nor_repeat_anything(
    bench: Make, facts: SessionFacts, data: Path, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(record, "PAGE", page)
    b = bench()
    b.recorder.begin(facts)
    b.take(1, 2, 3)
    b.note(4)
    b.take(5, 6, 7)
    b.recorder.finish(7 * SECOND, "stopped")
    kept = open_record(data)
    places = [item.seq if isinstance(item, Entry) else item[0] for item in kept.inputs(kept.session("last"))]
    assert places == [1, 2, 3, 4, 5, 6, 7]


def test_a_reader_that_stops_half_way_does_not_keep_the_writer_from_emptying_its_log(
    bench: Make, facts: SessionFacts, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "PAGE", 2)
    b = bench()
    session = b.recorder.begin(facts)
    b.take(1, 2, 3)
    b.note(4)
    b.committed()
    reading = open_record(data).inputs(session)
    next(reading)
    b.note(5)
    b.committed()
    connection = sqlite3.connect(data / "dripwatch.sqlite")
    busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    connection.close()
    assert busy == 0
    assert len(list(reading)) == 3  # and the reader goes on to where the record ended when it began


def test_a_reader_cannot_write(three: Record, data: Path) -> None:
    with (
        database.reader(data / "dripwatch.sqlite").connect() as connection,
        pytest.raises(DBAPIError, match="readonly"),
    ):
        connection.execute(delete(SESSION))


def test_damage_met_while_reading_is_one_line(three: Record, data: Path) -> None:
    path = data / "dripwatch.sqlite"
    content = bytearray(path.read_bytes())
    content[4096:] = b"\x5a" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(RecordError, match=r"cannot read the record .*malformed; keep the file for repair"):
        three.sessions()
