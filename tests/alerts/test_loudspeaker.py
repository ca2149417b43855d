"""When which sound starts, what the output is given, and how a lost station or a lost output is told."""

import queue
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from alerts.loudspeaker import NO_OUTPUT, Rhythm, SoundError, Stream, has_output, serve
from alerts.model import Priority
from alerts.tones import RATE, Samples, burst

SILENCE, LOW, MEDIUM, HIGH = Priority

# Rhythm


def started(*story: tuple[float, Priority | str], until: float) -> list[tuple[float, str]]:
    """When which sound starts; the story says from when on which level holds, or "remind". Eighths of a second."""
    rhythm, level, found = Rhythm(), SILENCE, []
    for now in np.arange(0, until + 0.125, 0.125).tolist():
        said = [what for t, what in story if t == now]
        level = next((what for what in said if isinstance(what, Priority)), level)
        sound = rhythm.turn(now, level, "remind" in said)
        if sound is not None:
            found.append((now, sound.word if sound else "silence"))
    return found


@pytest.mark.parametrize(("level", "times"), [(HIGH, [1, 11, 21, 31]), (MEDIUM, [1, 26, 51]), (LOW, [1, 31, 61])])
def test_a_burst_at_once_and_then_every_10_25_or_30_seconds(level: Priority, times: list[float]) -> None:
    assert started((1, level), until=times[-1] + 5) == [(t, level.word) for t in times]


def test_a_higher_one_sounds_at_once() -> None:
    assert started((1, LOW), (3, MEDIUM), (4, HIGH), until=15) == [(1, "low"), (3, "medium"), (4, "high"), (14, "high")]


def test_a_lower_one_breaks_off_and_waits_for_its_turn() -> None:
    story = started((1, HIGH), (2, MEDIUM), until=30)
    assert story == [(1, "high"), (2, "silence"), (27, "medium")]


def test_what_is_silenced_breaks_off_and_what_is_new_after_it_sounds_at_once() -> None:
    story = started((1, HIGH), (2, SILENCE), (4, HIGH), until=5)
    assert story == [(1, "high"), (2, "silence"), (4, "high")]


def test_a_reminder_is_one_high_burst() -> None:
    assert started((5, "remind"), until=60) == [(5, "high")]


def test_a_reminder_is_not_broken_off_by_a_lower_alarm() -> None:
    story = started((1, MEDIUM), (25, "remind"), until=60)
    assert story == [(1, "medium"), (25, "high"), (28, "medium"), (53, "medium")]  # a high burst lasts 3 s
    assert started((1, "remind"), (1, LOW), until=10) == [(1, "high"), (4, "low")]


def test_a_reminder_adds_nothing_to_a_high_alarm() -> None:
    assert started((1, HIGH), (5, "remind"), until=12) == [(1, "high"), (11, "high")]


# Stream


def pulled(stream: Stream, sizes: list[int]) -> Iterator[Samples]:
    chunks = stream.chunks()
    next(chunks)
    for size in sizes:
        chunk = np.frombuffer(chunks.send(size), np.float32)
        assert len(chunk) == size
        yield chunk


def test_a_burst_goes_out_whole_in_pieces_of_any_size_and_silence_follows() -> None:
    stream = Stream()
    stream.play(burst(LOW))
    out = np.concatenate(list(pulled(stream, [1, 700, 2400, 30_000])))
    length = len(burst(LOW))
    assert (out[:length] == burst(LOW)).all()
    assert not out[length:].any()
    assert stream.pulls == 4


def test_the_same_burst_twice_sounds_twice() -> None:
    stream = Stream()
    for _ in range(2):
        stream.play(burst(LOW))
        assert np.concatenate(list(pulled(stream, [30_000]))).any()


def test_a_burst_that_is_broken_off_fades_without_a_click() -> None:
    stream = Stream()
    stream.play(burst(HIGH))
    pulling = pulled(stream, [2400, 2400, 2400])
    before = next(pulling)
    stream.play(burst(SILENCE))
    after = next(pulling)
    steepest = np.abs(np.diff(burst(HIGH))).max()
    assert np.abs(np.diff(np.concatenate([before[-2:], after]))).max() <= steepest
    assert after[: RATE // 400].any()
    assert not after[RATE // 200 :].any()  # within 5 ms
    assert not next(pulling).any()


# What is said, and what becomes of it


class Told(queue.SimpleQueue[str]):
    """Lines at a pace of the test's own: "" stands for a second in which nothing came."""

    def __init__(self, *lines: str) -> None:
        self.lines = iter(lines)
        self.now = 0.0

    def get(self, block: bool = True, timeout: float | None = None) -> str:
        line = next(self.lines, "end")
        self.now += 0.125 if line else timeout or 0
        if not line:
            raise queue.Empty
        return line

    def monotonic(self) -> float:
        return self.now


class FakeStream(Stream):
    """An output that pulls, until it stops."""

    def __init__(self, told: Told, stops_at: float = 1e9) -> None:
        super().__init__()
        self.told = told
        self.stops_at = stops_at
        self.played: list[tuple[float, int]] = []

    @property
    def pulls(self) -> int:
        return int(min(self.told.now, self.stops_at) * 20)

    @pulls.setter
    def pulls(self, value: int) -> None: ...

    def play(self, samples: Samples) -> None:
        self.played.append((self.told.now, len(samples)))


def served(*lines: str, stops_at: float = 1e9, output_until: float = 1e9) -> tuple[FakeStream, list[str]]:
    """What was played, and what was said, why included."""
    told, said = Told(*lines), list[str]()
    stream = FakeStream(told, stops_at)
    try:
        serve(told, stream, lambda: told.now < output_until, said.append, told.monotonic)
    except SoundError as error:
        said.append(str(error))
    return stream, said


def test_a_line_sounds_at_once() -> None:
    stream, _ = served("information", "medium", "medium", "end", "high")
    assert stream.played == [(0.25, len(burst(MEDIUM)))]


def test_a_reminder_in_a_line_sounds_once() -> None:
    stream, _ = served("information", "information remind", "information")
    assert stream.played == [(0.25, len(burst(HIGH)))]


def test_a_sign_of_life_each_second() -> None:
    _, said = served(*["information"] * 40)
    assert said == ["ok"] * 5  # 40 lines are 5 s


def test_five_seconds_without_a_line_are_a_medium_alarm_until_lines_come_again() -> None:
    stream, _ = served("information", *[""] * 6, "information", "information")
    assert stream.played == [(5.125, len(burst(MEDIUM))), (6.25, 0)]


def test_a_lost_station_does_not_lower_its_high_alarm_and_is_given_up_after_two_minutes() -> None:
    stream, said = served("high", *[""] * 1000)
    assert {length for _, length in stream.played} == {len(burst(HIGH))}
    assert len(stream.played) == 13  # every 10 s
    assert stream.told.now == pytest.approx(125, abs=1)
    assert set(said) == {"ok"}


def test_an_output_that_takes_no_more_is_told_within_three_seconds() -> None:
    stream, said = served(*["high"] * 100, stops_at=2)
    assert said[-1] == "the sound output has stopped"
    assert stream.told.now <= 5.5


def test_a_loudspeaker_that_is_gone_is_told_within_five_seconds() -> None:
    stream, said = served(*["high"] * 100, output_until=2)
    assert said[-1] == NO_OUTPUT
    assert stream.told.now <= 7


# The process itself, playing to nobody


def test_the_process_plays_says_so_and_ends_when_told() -> None:
    pytest.importorskip("miniaudio")
    command = [sys.executable, "-m", "alerts.loudspeaker", "--silent"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("high\n")
        process.stdin.flush()
        assert process.stdout.readline() == "ok\n"
        process.stdin.write("end\n")
        process.stdin.flush()
        assert process.wait(timeout=10) == 0


def test_without_the_library_the_process_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "miniaudio", None)
    with pytest.raises(SoundError, match="pip install miniaudio"):
        has_output()
