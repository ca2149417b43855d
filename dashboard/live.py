"""The one push: wait for a change, coalesce, compare, send. Numbers first, then waves, charts every few seconds.

One message is made for all screens. A screen that cannot keep up skips messages and gets a whole
view when it is ready again; it never makes others wait (H27). Every second without news a beat goes
out, so that a browser can tell silence from a dead server (H26).

Waves go out behind the numbers, each stretch once. They have a queue of their own, which forgets the oldest: a screen
that is behind misses samples, never a number. Their values are sent as a plain list: at one to three digits each that
is no longer than base64 of two bytes each, knows no limit of size, and can be read on the line.
"""

import asyncio
import contextlib
import json
import logging
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

from alerts.waves import Stretch
from dashboard import trends, waves
from dashboard.feed import Feed, Session
from dashboard.instruments import View
from dashboard.view import Live, live, render

log = logging.getLogger(__name__)

GATHER_S = 0.005
"""Changes within this time go out together: an HR and an SpO2 sample of one second are one message."""
REST_S = 0.03
"""No more messages than a screen can paint, however fast a replay runs."""
BEAT_S = 1.0
CHARTS_S = 5.0
SEND_TIMEOUT_S = 2.0
HEARD = "heard"
"""What a screen says every 5 s while its browser lets sound through."""
WAITING = 8
"""Messages a screen may be behind before it is sent everything anew."""


class Screen:
    """One browser: the few messages on their way to it, and whether it has missed one."""

    def __init__(self, socket: WebSocket) -> None:
        self.socket = socket
        self.ready = asyncio.Event()
        self.waiting: deque[str] = deque()
        self.waves: deque[str] = deque(maxlen=WAITING)
        self.needs_all = True

    def offer(self, message: str) -> None:
        """Queue a message; a screen that is too far behind needs everything anew instead."""
        if len(self.waiting) >= WAITING:
            self.waiting.clear()
            self.needs_all = True
        if not self.needs_all:
            self.waiting.append(message)
        self.ready.set()

    def offer_waves(self, message: str) -> None:
        """Queue waves behind the numbers; of too many the oldest are dropped."""
        if not self.needs_all:
            self.waves.append(message)
            self.ready.set()

    def ask_all(self) -> None:
        """The browser has missed a message or has just come back."""
        self.waiting.clear()
        self.needs_all = True
        self.ready.set()


class Broadcast:
    """Turns a feed's snapshots into messages for all screens of one session; `heard` is called when one has sound."""

    def __init__(self, feed: Feed, session: Session, heard: Callable[[], object] = lambda: None) -> None:
        self._feed = feed
        self._heard = heard
        self._session = session
        self._boot = secrets.token_hex(4)
        self._screens: set[Screen] = set()
        self._n = 0
        self._view: View = {}
        self._live: Live = {}
        self._task: asyncio.Task[None] | None = None
        self._chart: Mapping[str, Any] = {}
        self._chart_at = 0.0
        self._spoken_at = 0.0
        self._wave = 0

    async def run(self) -> None:
        """Push until cancelled."""
        loop = asyncio.get_running_loop()
        news = asyncio.Event()

        def wake() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closing: nobody is left to be told
                loop.call_soon_threadsafe(news.set)

        unsubscribe = self._feed.subscribe(wake)
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(news.wait(), self._until_beat())
                    await asyncio.sleep(GATHER_S)
                is_news = news.is_set()
                news.clear()
                has_spoken = self._push()
                self._push_waves()
                if is_news and has_spoken:  # others need no rest: a sample right behind them would have to wait
                    await asyncio.sleep(REST_S)
                    self._push_charts()
        finally:
            unsubscribe()

    def _until_beat(self) -> float:
        """Time to the next full second of the clock on the screen, so that it never skips one."""
        session_s = self._feed.now() / 1e6 / self._session.speed
        return BEAT_S - session_s % BEAT_S + 0.005

    def _push(self) -> bool:
        """The words and numbers that changed, or a beat if it is time; whether there was anything to say."""
        snapshot, now = self._feed.snapshot, self._feed.now()
        view, values = render(snapshot, self._session, now), live(snapshot, self._session.profile, now)
        news = {k: v for k, v in view.items() if self._view.get(k) != v}
        fresh = self._aged({k: v for k, v in values.items() if self._live.get(k) != v}, now)
        self._view, self._live = view, values
        if news or fresh:
            self._send("diff", {"view": news, "live": fresh})
        elif time.monotonic() - self._spoken_at > BEAT_S / 2:
            self._broadcast(self._message("beat", {}))
        else:
            return False
        self._spoken_at = time.monotonic()
        return True

    def _aged(self, values: Live, now: int) -> dict[str, tuple[str, int | None]]:
        """Values with their ages in real milliseconds, as of now."""
        speed = self._session.speed * 1000
        return {k: (text, None if t is None else max(0, round((now - t) / speed))) for k, (text, t) in values.items()}

    def _push_waves(self) -> None:
        """What is new of them."""
        if stretches := self._feed.waves(self._wave):
            self._wave = stretches[-1].n
            if message := self._wave_message(stretches):
                for screen in self._screens:
                    screen.offer_waves(message)

    def _wave_message(self, stretches: Iterable[Stretch]) -> str:
        """A message; "" when none of them is shown."""
        rows = waves.rows(stretches, self._feed.snapshot, self._session, self._feed.now())
        return self._message("waves", {"pleth": rows}) if rows else ""

    def _push_charts(self) -> None:
        """When they are due; called when the numbers are on their way, so that drawing delays none."""
        if time.monotonic() - self._chart_at < CHARTS_S:
            return
        self._chart_at = time.monotonic()
        before, self._chart = self._chart, self._draw()
        if not before:
            return
        difference = trends.difference(before, self._chart)
        if difference is not None:
            self._send("trends", difference)

    def _draw(self) -> dict[str, Any]:
        rate = self._feed.snapshot.rate
        return trends.chart(self._feed.history(), rate, self._session.profile, self._feed.now())

    def _send(self, kind: str, content: Mapping[str, Any]) -> None:
        self._n += 1
        self._broadcast(self._message(kind, content))

    def _message(self, kind: str, content: Mapping[str, Any]) -> str:
        head = {"k": kind, "n": self._n, "s": time.monotonic_ns() // 1_000_000}
        return json.dumps(head | dict(content), separators=(",", ":"), ensure_ascii=False)

    def _broadcast(self, message: str) -> None:
        for screen in self._screens:
            screen.offer(message)

    def whole(self) -> str:
        """Everything a screen shows: for a new one, and for one that missed a message."""
        if not self._chart:
            self._push()
            self._push_charts()
        snapshot, now = self._feed.snapshot, self._feed.now()
        content = {
            "boot": self._boot,
            "view": self._view,
            "live": self._aged(live(snapshot, self._session.profile, now), now),
            "trends": self._chart,
        }
        return self._message("full", content)

    def _keep_running(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self.run())
            self._task.add_done_callback(_complain)

    async def serve(self, socket: WebSocket) -> None:
        """One screen, from its coming to its going."""
        await socket.accept()
        self._keep_running()
        screen = Screen(socket)
        self._screens.add(screen)
        screen.ready.set()
        listening = asyncio.create_task(_listen(screen, self._heard))
        sending = asyncio.create_task(self._send_all(screen))
        try:
            await asyncio.wait({listening, sending}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._screens.discard(screen)
            listening.cancel()
            sending.cancel()
            with contextlib.suppress(Exception):
                await socket.close()

    async def _send_all(self, screen: Screen) -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError, TimeoutError, OSError):
            while True:
                await screen.ready.wait()
                screen.ready.clear()
                while message := self._next(screen):
                    await asyncio.wait_for(screen.socket.send_text(message), SEND_TIMEOUT_S)

    def _next(self, screen: Screen) -> str:
        """What the screen is to get next, numbers first; "" for nothing."""
        if screen.needs_all:
            return self._everything(screen)
        queue = screen.waiting or screen.waves
        return queue.popleft() if queue else ""

    def _everything(self, screen: Screen) -> str:
        message = self.whole()
        screen.needs_all = False
        screen.waves.clear()
        if past := self._wave_message(self._feed.waves(0)):
            screen.waves.append(past)
        return message


async def _listen(screen: Screen, heard: Callable[[], object]) -> None:
    """A screen says two things: that alarms can be heard there, and that it needs everything anew."""
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while True:
            if await screen.socket.receive_text() == HEARD:
                heard()
            else:
                screen.ask_all()


def _complain(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("the push to the screens stopped", exc_info=task.exception())


def mount(server: FastAPI, broadcast: Broadcast) -> None:
    """Add the socket `/live` to the web server."""
    server.websocket("/live")(broadcast.serve)
