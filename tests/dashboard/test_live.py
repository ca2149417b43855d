"""The push: differences for those who keep up, everything anew for those who do not, a beat in silence."""

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from alerts.history import History
from alerts.model import Command
from alerts.profiles import load_profile
from alerts.snapshot import Device, Sample, Snapshot
from alerts.waves import Stretch, Waves
from dashboard.feed import Session
from dashboard.live import WAITING, Broadcast, Screen
from ingest.model import SECOND, DeviceState, Signal, Waveform
from ingest.sources import Mode

SESSION = Session("Bed 1", Mode.LIVE, load_profile("iv-ketamine"), datetime(2026, 3, 1, 13, tzinfo=UTC))
NOTHING = (np.array([], np.int64), np.array([], np.float64))


class FakeFeed:
    """A feed in the test's hands: set the snapshot and the time, then wake."""

    def __init__(self) -> None:
        self.snapshot = Snapshot()
        self.t = 0
        self.wake: Callable[[], None] = lambda: None
        self.ring = Waves()

    def now(self) -> int:
        return self.t

    def history(self) -> History:
        return History(MappingProxyType({Signal.HR: NOTHING, Signal.PR: NOTHING, Signal.SPO2: NOTHING}), ())

    def waves(self, after: int) -> tuple[Stretch, ...]:
        return self.ring.since(after)

    def subscribe(self, wake: Callable[[], None]) -> Callable[[], None]:
        self.wake = wake
        return lambda: None

    def do(self, command: Command) -> Future[str]:
        raise AssertionError(command)

    def hr(self, seconds: float, value: float) -> None:
        self.t = round(seconds * SECOND)
        self.snapshot = replace(self.snapshot, t=self.t, samples=MappingProxyType({Signal.HR: Sample(value, self.t)}))
        self.wake()

    def plug_in(self) -> None:
        """An oximeter with a pleth is there."""
        oximeter = Device("oximeter", DeviceState.CONNECTED, 0, signals=frozenset({Signal.PLETH}))
        self.snapshot = replace(self.snapshot, devices=(oximeter,))

    def pleth(self, seconds: float, *values: int) -> None:
        """At 60 Hz, from so many seconds on; it is there half a second after it began."""
        begin = round(seconds * SECOND)
        self.t = begin + SECOND // 2
        self.ring.add(Waveform(begin, "oximeter", Signal.PLETH, 60.0, values))
        self.wake()


class FakeSocket:
    """A browser: keeps what it is sent; `is_stuck` never takes a message."""

    def __init__(self, is_stuck: bool = False) -> None:
        self.sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.asks: asyncio.Queue[str] = asyncio.Queue()
        self.is_stuck = is_stuck
        self.is_closed = False

    async def accept(self) -> None: ...

    async def send_text(self, text: str) -> None:
        if self.is_stuck:
            await asyncio.Event().wait()
        await self.sent.put(json.loads(text))

    async def receive_text(self) -> str:
        return await self.asks.get()

    async def close(self) -> None:
        self.is_closed = True

    async def next(self, kind: str) -> dict[str, Any]:
        async with asyncio.timeout(5):
            while True:
                message = await self.sent.get()
                if message["k"] == kind:
                    return message


def story(test: Callable[[FakeFeed, Broadcast], Any], session: Session = SESSION) -> None:
    async def run() -> None:
        feed = FakeFeed()
        await test(feed, Broadcast(feed, session))

    asyncio.run(run())


async def connect(broadcast: Broadcast, socket: FakeSocket) -> "asyncio.Task[None]":
    return asyncio.create_task(broadcast.serve(socket))  # type: ignore[arg-type]


def test_a_new_screen_gets_everything_then_only_what_changes() -> None:
    async def test(feed: FakeFeed, broadcast: Broadcast) -> None:
        socket = FakeSocket()
        serving = await connect(broadcast, socket)
        full = await socket.next("full")
        assert full["live"]["hr"] == ["--", None]
        assert {"boot", "n", "s", "view", "live", "trends"} <= full.keys()
        feed.hr(7, 81)
        diff = await socket.next("diff")
        while "live" not in diff or "hr" not in diff["live"]:
            diff = await socket.next("diff")
        assert diff["live"]["hr"] == ["81", 0]
        assert diff["n"] > full["n"]
        assert "bed" not in diff.get("view", {})
        serving.cancel()

    story(test)


def test_the_same_number_again_is_sent_again_because_its_time_is_new() -> None:
    async def test(feed: FakeFeed, broadcast: Broadcast) -> None:
        socket = FakeSocket()
        serving = await connect(broadcast, socket)
        await socket.next("full")
        for second in (7, 8):
            feed.hr(second, 81)
            diff = await socket.next("diff")
            while "hr" not in diff["live"]:
                diff = await socket.next("diff")
            assert diff["live"]["hr"] == ["81", 0]
        serving.cancel()

    story(test)


def test_silence_is_beaten_every_second_and_a_beat_carries_no_number() -> None:
    async def test(feed: FakeFeed, broadcast: Broadcast) -> None:
        socket = FakeSocket()
        serving = await connect(broadcast, socket)
        beat = await socket.next("beat")
        assert set(beat) == {"k", "n", "s"}
        serving.cancel()

    story(test)


def test_a_number_sent_late_says_how_old_it_is() -> None:
    async def test(feed: FakeFeed, broadcast: Broadcast) -> None:
        feed.hr(7, 81)
        feed.t = 11 * SECOND
        socket = FakeSocket()
        serving = await connect(broadcast, socket)
        assert (await socket.next("full"))["live"]["hr"] == ["81", 4000]
        serving.cancel()

    story(test)


def test_a_screen_that_asks_gets_everything_anew() -> None:
    async def test(feed: FakeFeed, broadcast: Broadcast) -> None:
        socket = FakeSocket()
        serving = await connect(broadcast, socket)
        await socket.next("full")
        await socket.asks.put('{"k":"full"}')
        await socket.next("full")
        serving.cancel()

    story(test)


def test_a_screen_that_cannot_keep_up_misses_messages_and_then_gets_everything() -> None:
    screen = Screen(None)  # type: ignore[arg-type]
    screen.needs_all = False
    for i in range(WAITING):
        screen.offer(str(i))
    assert not screen.needs_all
    screen.offer("one too many")
    assert screen.needs_all
    assert not screen.waiting
    screen.offer("nothing is queued before everything is sent")
    assert not screen.waiting


def test_a_stuck_screen_holds_up_no_other_and_is_let_go() -> None:
    async def test(feed: FakeFeed, broadcast: Broadcast) -> None:
        stuck, good = FakeSocket(is_stuck=True), FakeSocket()
        serving = [await connect(broadcast, stuck), await connect(broadcast, good)]
        await good.next("full")
        feed.hr(7, 81)
        diff = await good.next("diff")
        while "hr" not in diff["live"]:
            diff = await good.next("diff")
        async with asyncio.timeout(5):
            await serving[0]
        assert stuck.is_closed
        serving[1].cancel()

    story(test)


# Waves


def test_each_stretch_goes_out_once_with_its_age_and_no_word_beside_it() -> None:
    """Rows: number, rate, milliseconds since its first sample, whether it joins on, values. 12 samples are 0.2 s."""

    async def test(feed: FakeFeed, broadcast: Broadcast) -> None:
        feed.plug_in()
        socket = FakeSocket()
        serving = await connect(broadcast, socket)
        await socket.next("full")
        for n, seconds in enumerate((7, 7.2, 9), 1):
            feed.pleth(seconds, *range(12))
            message = await socket.next("waves")
            assert message["pleth"] == [[n, 60, 500, n == 2, list(range(12))]]
        serving.cancel()

    story(test)


def test_waves_go_out_behind_the_numbers_of_the_same_moment() -> None:
    async def test(feed: FakeFeed, broadcast: Broadcast) -> None:
        feed.plug_in()
        socket = FakeSocket()
        serving = await connect(broadcast, socket)
        await socket.next("full")
        feed.pleth(7, 1, 2, 3)
        feed.hr(7.5, 81)
        while "hr" not in (message := await socket.sent.get()).get("live", {}):
            assert message["k"] != "waves"
        assert (await socket.next("waves"))["pleth"][0][4] == [1, 2, 3]
        serving.cancel()

    story(test)


def test_a_new_screen_gets_the_waves_of_the_last_seconds_after_everything_else() -> None:
    async def test(feed: FakeFeed, broadcast: Broadcast) -> None:
        feed.plug_in()
        feed.pleth(7, 1, 2)
        feed.pleth(8, 3, 4)
        socket = FakeSocket()
        serving = await connect(broadcast, socket)
        assert (await socket.sent.get())["k"] == "full"
        assert (await socket.next("waves"))["pleth"] == [[1, 60, 1500, False, [1, 2]], [2, 60, 500, False, [3, 4]]]
        serving.cancel()

    story(test)


def test_another_device_is_not_drawn_into_the_trace() -> None:
    async def test(feed: FakeFeed, broadcast: Broadcast) -> None:
        feed.plug_in()
        socket = FakeSocket()
        serving = await connect(broadcast, socket)
        await socket.next("full")
        feed.ring.add(Waveform(7 * SECOND, "second oximeter", Signal.PLETH, 60.0, (9, 9)))
        feed.pleth(7, 1, 2)
        assert [row[0] for row in (await socket.next("waves"))["pleth"]] == [2]
        serving.cancel()

    story(test)


def test_a_screen_that_cannot_keep_up_misses_waves_and_no_number() -> None:
    screen = Screen(None)  # type: ignore[arg-type]
    screen.needs_all = False
    screen.offer("number")
    for i in range(WAITING + 2):
        screen.offer_waves(str(i))
    assert not screen.needs_all
    assert list(screen.waiting) == ["number"]
    assert list(screen.waves) == [str(i) for i in range(2, WAITING + 2)]


@pytest.mark.parametrize(("speed", "rate", "age"), [(2.0, 120, 250), (4.0, 240, 125)])
def test_a_replay_sends_rate_and_age_in_real_time(speed: float, rate: int, age: int) -> None:
    """Half a second of the session is a quarter of a real one at twice the speed."""

    async def test(feed: FakeFeed, broadcast: Broadcast) -> None:
        feed.plug_in()
        feed.pleth(7, 1, 2)
        socket = FakeSocket()
        serving = await connect(broadcast, socket)
        assert (await socket.next("waves"))["pleth"] == [[1, rate, age, False, [1, 2]]]
        serving.cancel()

    story(test, replace(SESSION, speed=speed))


def test_a_replay_that_is_too_fast_for_waves_sends_none() -> None:
    async def test(feed: FakeFeed, broadcast: Broadcast) -> None:
        feed.plug_in()
        feed.pleth(7, 1, 2)
        socket = FakeSocket()
        serving = await connect(broadcast, socket)
        assert (await socket.next("full"))["view"]["screen@pleth"] == ""
        for second in (8, 9):
            feed.pleth(second, 1, 2)
            feed.hr(second + 0.5, 80 + second)
            kinds = []
            while "hr" not in (message := await socket.sent.get()).get("live", {}):
                kinds.append(message["k"])
            assert "waves" not in kinds
        serving.cancel()

    story(test, replace(SESSION, speed=8.0))


def test_a_screen_that_can_be_heard_says_so_and_is_sent_nothing_for_it() -> None:
    heard: list[bool] = []

    async def run() -> None:
        socket = FakeSocket()
        serving = await connect(Broadcast(FakeFeed(), SESSION, lambda: heard.append(True)), socket)
        await socket.next("full")
        await socket.asks.put("heard")
        await socket.asks.put('{"k":"full"}')
        await socket.next("full")
        assert heard == [True]
        assert socket.sent.empty()
        serving.cancel()

    asyncio.run(run())
