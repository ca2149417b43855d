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

from alerts.history import History
from alerts.model import Command
from alerts.profiles import load_profile
from alerts.snapshot import Sample, Snapshot
from dashboard.feed import Session
from dashboard.live import WAITING, Broadcast, Screen
from ingest.model import SECOND, Signal
from ingest.sources import Mode

SESSION = Session("Bed 1", Mode.LIVE, load_profile("iv-ketamine"), datetime(2026, 3, 1, 13, tzinfo=UTC))
NOTHING = (np.array([], np.int64), np.array([], np.float64))


class FakeFeed:
    """A feed in the test's hands: set the snapshot and the time, then wake."""

    def __init__(self) -> None:
        self.snapshot = Snapshot()
        self.t = 0
        self.wake: Callable[[], None] = lambda: None

    def now(self) -> int:
        return self.t

    def history(self) -> History:
        return History(MappingProxyType({Signal.HR: NOTHING, Signal.PR: NOTHING, Signal.SPO2: NOTHING}), ())

    def subscribe(self, wake: Callable[[], None]) -> Callable[[], None]:
        self.wake = wake
        return lambda: None

    def do(self, command: Command) -> Future[str]:
        raise AssertionError(command)

    def hr(self, seconds: float, value: float) -> None:
        self.t = round(seconds * SECOND)
        self.snapshot = replace(self.snapshot, t=self.t, samples=MappingProxyType({Signal.HR: Sample(value, self.t)}))
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


def story(test: Callable[[FakeFeed, Broadcast], Any]) -> None:
    async def run() -> None:
        feed = FakeFeed()
        await test(feed, Broadcast(feed, SESSION))

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
