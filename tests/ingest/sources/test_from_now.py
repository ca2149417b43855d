"""A followed table in a session that goes on after a crash: the old rows are not values of now."""

from collections.abc import Iterator
from pathlib import Path

from ingest.model import SECOND, DeviceConfiguration, Observation, Reading, Signal
from ingest.sources import Mode
from ingest.sources.csv import CsvSource
from ingest.sources.from_now import FromNow

AT = 5000 * SECOND


def hr(t: float, value: float) -> Observation:
    return Observation(AT + round(t * SECOND), "bed", Signal.HR, value)


def until_quiet(readings: Iterator[Reading | None]) -> list[Reading]:
    """What is there until the table says that there is nothing at the moment."""
    return list(iter(lambda: next(readings), None))


def test_only_what_is_written_from_now_on_is_heard_and_in_the_time_of_the_session(tmp_path: Path) -> None:
    path = tmp_path / "bed.csv"
    path.write_text("time_s,hr\n100,70\n101,71\n102,72\n")
    source = FromNow(CsvSource(str(path), follow=True), AT)
    readings = source.readings()
    (configuration,) = until_quiet(readings)
    assert isinstance(configuration, DeviceConfiguration)
    assert configuration.t == AT
    with path.open("a") as table:
        table.write("103.5,73\n104.5,74\n")
    # the last row was written just now, so the session stands at its time: 102 s
    assert until_quiet(readings) == [hr(1.5, 73), hr(2.5, 74)]
    assert (source.mode, source.backlog) == (Mode.LIVE, AT)
    assert source.notes()[-1] == "3 readings lay there at the start: passed over"


def test_a_clock_of_the_table_that_lags_is_not_taken_for_the_past(tmp_path: Path) -> None:
    path = tmp_path / "bed.csv"
    path.write_text("time_s,hr\n100,70\n200,71\n")
    source = FromNow(CsvSource(str(path), follow=True), AT)
    readings = source.readings()
    until_quiet(readings)
    path.write_text("time_s,hr\n3,75\n")  # the logger began anew, with a shorter file
    later = [next(readings) for _ in range(4)]
    assert [r.value for r in later if isinstance(r, Observation)] == [75]
    assert all(r is None or r.t >= AT for r in later)


def test_a_pipe_has_nothing_lying_there() -> None:
    class Piped:
        name, mode, speed, backlog, rejected = "stdin", Mode.LIVE, 1.0, 0, 2

        def readings(self) -> Iterator[Reading | None]:
            yield Observation(0, "bed", Signal.HR, 70)
            yield Observation(SECOND, "bed", Signal.HR, 71)

        def notes(self) -> list[str]:
            return ["a note"]

    source = FromNow(Piped(), AT)
    assert list(source.readings()) == [hr(0, 70), hr(1, 71)]
    assert (source.notes(), source.rejected) == (["a note"], 2)
