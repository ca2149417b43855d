"""`python -m ingest --source URL ...`: listens, records and prints what it hears; no alarms, no screen."""

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingest.lines import words
from ingest.model import SECOND, RawBytes, Reading, SentBytes, Waveform
from ingest.recorder import Recorder, RecordError, SessionFacts
from ingest.recorder.opening import data_directory, program_version, recording
from ingest.sources import Source, SourceError, common_mode, common_speed
from ingest.sources.pacing import SessionClock
from ingest.sources.playing import play
from ingest.sources.url import open_source


def main(argv: Sequence[str] | None = None) -> int:
    """Run until the sources end or Ctrl-C; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m ingest", description=__doc__)
    urls = "serial:PORT?device=NAME, csv:PATH, sim:NAME"
    parser.add_argument("--source", action="append", required=True, metavar="URL", help=urls)
    parser.add_argument("--data", metavar="DIR", help="where to record (default: this user's data directory)")
    parser.add_argument("--bed", default="Bed 1", help="what the record calls this bed")
    arguments = parser.parse_args(argv)
    try:
        sources = [open_source(url) for url in arguments.source]
        _listen(sources, tuple(arguments.source), data_directory(arguments.data), arguments.bed)
    except SourceError as error:
        return _fail(error, 2)
    except RecordError as error:
        return _fail(error, 1)
    except KeyboardInterrupt:
        return 130
    for source in sources:
        for note in source.notes():
            _say(f"note: {source.name}: {note}")
    return 0


def _fail(error: Exception, status: int) -> int:
    _say(f"ingest: {error}")
    return status


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _say_trouble(message: str | None) -> None:
    _say(f"record: {message or 'written again'}")


def _listen(sources: Sequence[Source], urls: tuple[str, ...], directory: Path, bed: str) -> None:
    """Record and print until every source has ended or people end it; no alarms mean no profile."""
    speed, mode = common_speed(sources), common_mode(sources)
    clock = SessionClock(speed, max(source.backlog for source in sources))
    facts = SessionFacts(
        bed=bed,
        mode=mode,
        started=datetime.now(UTC) - timedelta(seconds=clock.now() / SECOND / speed),
        profile="",
        profile_toml="",
        sources=urls,
        version=program_version(),
        speed=speed,
    )
    with recording(directory, facts, _say, on_trouble=_say_trouble) as recorder:
        tap = Tap(recorder)
        stopped = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stopped.set())
        playing = [play(source, clock, tap.take, stopped) for source in sources]
        for one in playing:
            one.start()
        try:
            for one in playing:
                one.join()
        except KeyboardInterrupt:
            stopped.set()
            for one in playing:
                one.join(timeout=2)
        recorder.finish(tap.t, "stopped" if stopped.is_set() else "source ended")


class Tap:
    """Numbers what comes from all sources, records it and prints it."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._lock = threading.Lock()
        self._seq = 0
        self.t = 0

    def take(self, reading: Reading) -> None:
        """One reading, from any thread; time never runs backwards, but for bytes and waves, which keep their own."""
        with self._lock:
            self._seq += 1
            self.t = max(self.t, reading.t)
            keeps_time = isinstance(reading, RawBytes | SentBytes | Waveform)
            self._recorder.take(self._seq, reading if keeps_time else replace(reading, t=self.t))
        with suppress(OSError):  # nobody reads any more: the recording goes on
            print(words(reading), flush=True)


if __name__ == "__main__":
    sys.exit(main())
