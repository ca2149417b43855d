"""What the browser tests share: browsers, the program they look at, and pages that report every complaint."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, sync_playwright

from tests.browser.chromium import ARGS, installed
from tests.browser.program import WATCH, LiveTable, Program, wait
from tests.flow.program import free_port

SOUND = "--autoplay-policy=no-user-gesture-required"
"""What a bedside machine starts its browser with (live.md)."""

Start = Callable[..., Program]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A slow browser test takes a minute and more: only when asked for, as in `-m slow`."""
    if "slow" in config.option.markexpr:
        return
    slow = [item for item in items if item.get_closest_marker("browser") and item.get_closest_marker("slow")]
    items[:] = [item for item in items if item not in slow]
    config.hook.pytest_deselected(items=slow)


@pytest.fixture(scope="module")  # no longer: while Playwright runs, no other test could start an event loop
def playwright() -> Iterator[Playwright]:
    """What drives the browsers."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """A headless browser; open a fresh context in it for each test."""
    with launched(playwright) as browser:
        yield browser


@pytest.fixture(scope="module")
def kiosk(playwright: Playwright) -> Iterator[Browser]:
    """A browser as the bedside has it: sound needs no gesture."""
    with launched(playwright, SOUND) as browser:
        yield browser


def launched(playwright: Playwright, *args: str) -> Browser:
    """The browser, started."""
    found = installed(playwright)
    if not found:
        pytest.fail("no browser here: run `make browser`", pytrace=False)
    return playwright.chromium.launch(executable_path=found, args=[*ARGS, *args])


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """`start("run", ...)` is a Program that records in a folder of its own; ended after the test."""
    running: list[Program] = []

    def start(*arguments: str) -> Program:
        folder = tmp_path / f"program-{len(running)}"
        folder.mkdir()
        running.append(Program([*arguments, "--data", str(folder / "data")], folder, free_port()))
        return running[-1]

    yield start
    for program in running:
        program.end()


@pytest.fixture
def live_table(tmp_path: Path) -> Iterator[LiveTable]:
    """A table that grows by a row a second until the test is over."""
    table = LiveTable(tmp_path / "monitor.csv")
    yield table
    table.close()


class Screens:
    """Pages of the program, each in a context of its own as on a machine of its own, and all they complain about."""

    def __init__(self, browser: Browser) -> None:
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self._forgiven = "(?!)"
        self._browser = browser
        self._contexts: list[BrowserContext] = []

    def open(self, program: Program, *, waits: bool = True, **options: Any) -> Page:
        """Open the page; it shows numbers of now when this returns."""
        context = self._browser.new_context(**options)
        self._contexts.append(context)
        context.add_init_script(WATCH)
        page = context.new_page()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self._complain(str(error)))
        page.on("dialog", lambda dialog: self._complain(f"dialog {dialog.message}"))
        page.on("request", lambda request: self._request(program, request.url))
        page.on("websocket", lambda socket: self._request(program, socket.url))
        page.goto(program.url)
        if waits:
            wait(page, "document.documentElement.dataset.link === 'live'")
            wait(page, "document.getElementById('hr').textContent !== '--'")
        return page

    def expect_no_contact(self) -> None:
        """From now on the browser may say that the program does not answer."""
        self._forgiven = r"^WebSocket connection to '\S+' failed|ERR_CONNECTION_REFUSED .*favicon"

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._complain(f"{message.text} ({message.location['url']})")

    def _complain(self, words: str) -> None:
        """A violation of the Content-Security-Policy is an error on the console too."""
        if not re.search(self._forgiven, words):
            self.complaints.append(words)

    def _request(self, program: Program, url: str) -> None:
        self.requests.append(url)
        origin = re.escape(program.url.removeprefix("http"))
        if not re.match(rf"(?:http|ws){origin}|data:|blob:{program.url}", url):
            self._complain(f"asked another origin: {url}")

    def close(self) -> None:
        """Close them all."""
        for context in self._contexts:
            context.close()


@pytest.fixture
def screens(request: pytest.FixtureRequest, start: Start) -> Iterator[Screens]:
    """`screens.open(program)` is a page at the bedside; any complaint of any page fails the test.

    Closed before the program ends (it is asked for here, so that it outlives them).
    """
    yield from _watched(request, "kiosk")


@pytest.fixture
def mute_screens(request: pytest.FixtureRequest, start: Start) -> Iterator[Screens]:
    """The same in a browser that wants a gesture before it makes a sound."""
    yield from _watched(request, "browser")


def _watched(request: pytest.FixtureRequest, browser: str) -> Iterator[Screens]:
    screens = Screens(request.getfixturevalue(browser))
    yield screens
    screens.close()
    assert screens.complaints == []
