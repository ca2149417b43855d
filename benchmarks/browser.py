"""What a screen costs and how late it is, seen from a real browser.

Latency is measured on one clock. The browser's performance.now() is tied to our CLOCK_MONOTONIC by asking it 50 times
between two looks at ours and keeping the narrowest: the error is at most half of that, and both run at the same rate.
"""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.serving import Arrival
from tests.browser.chromium import ARGS, installed

# Text changed: the microtask after the script that did it. Painted: the beginning of the second frame from there, when
# the first has surely been drawn; so it is up to a frame (17 ms) too late, never too early.
WATCH = """() => {
  const number = document.getElementById('hr');
  window.seen = [];
  new MutationObserver(() => {
    const row = [number.textContent, performance.now(), null];
    seen.push(row);
    requestAnimationFrame(() => requestAnimationFrame(() => { row[2] = performance.now(); }));
  }).observe(number, {childList: true, characterData: true, subtree: true});
}"""
LONGEST_S = 10.0


@contextmanager
def browser() -> Iterator[Browser]:
    """The browser of the browser tests, headless."""
    with sync_playwright() as playwright:
        found = installed(playwright)
        assert found, "no browser here: run `make browser`"
        with playwright.chromium.launch(executable_path=found, args=ARGS) as browser:
            yield browser


@contextmanager
def page(browser: Browser) -> Iterator[Page]:
    """A page with an empty cache, as large as a bedside screen."""
    with browser.new_context(viewport={"width": 1920, "height": 1080}) as context:
        yield context.new_page()


def load(page: Page, port: int) -> None:
    """Load the page as soon as its port is open; knocked at by a bare socket, which costs less than reloading."""
    while True:
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            break
        time.sleep(0.02)
    page.goto(f"http://localhost:{port}/", wait_until="commit")


def wait_for_number(page: Page) -> None:
    """Return once the page shows a heart rate (wait_for_function would need the `eval` our policy forbids)."""
    while not page.evaluate("/^[0-9]/.test(document.getElementById('hr')?.textContent)"):
        page.wait_for_timeout(5)


class Bytes:
    """What comes from the server to the page: messages of sockets, and answers to requests with their headers."""

    def __init__(self, page: Page) -> None:
        self.sum = 0
        session = page.context.new_cdp_session(page)
        session.on("Network.webSocketFrameReceived", self._message)
        session.on("Network.loadingFinished", self._answer)
        session.send("Network.enable")

    def _message(self, event: dict[str, Any]) -> None:
        self.sum += len(event["response"]["payloadData"].encode())

    def _answer(self, event: dict[str, Any]) -> None:
        self.sum += event["encodedDataLength"]


def renderers() -> list[psutil.Process]:
    """The processes of our browser that run pages."""
    ours = psutil.Process().children(recursive=True)
    return [process for process in ours if "--type=renderer" in " ".join(process.cmdline())]


def cpu_s(processes: list[psutil.Process]) -> float:
    """Seconds of processor these have used, user and system."""
    times = [process.cpu_times() for process in processes]
    return float(sum(each.user + each.system for each in times))


@dataclass(frozen=True, slots=True)
class Clock:
    """performance.now() of a page on our monotonic clock; all in seconds."""

    zero: float
    error: float


def clock(page: Page) -> Clock:
    """Tie the page's clock to ours."""
    looks = []
    for _ in range(50):
        before = time.monotonic()
        now = page.evaluate("performance.now()") / 1000
        after = time.monotonic()
        looks.append(Clock((before + after) / 2 - now, (after - before) / 2))
    return min(looks, key=lambda look: look.error)


def latencies(page: Page, clock: Clock, arrivals: list[Arrival]) -> tuple[list[float], list[float]]:
    """Seconds from each arrival to its text and to its paint; samples that were never shown are in neither."""
    seen = [(text, clock.zero + dom / 1000, painted) for text, dom, painted in page.evaluate("seen") if painted]
    to_text, to_paint = [], []
    for value, at in arrivals:
        for text, dom, painted in seen:
            if text == value and -clock.error <= dom - at < LONGEST_S:
                to_text.append(dom - at)
                to_paint.append(clock.zero + painted / 1000 - at)
                break
    return to_text, to_paint
