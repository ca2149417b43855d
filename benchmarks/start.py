"""From `dripwatch demo` to the first number in the page, with a browser that waits for the server.

The first start has nothing to build on: no compiled Python, no record, an empty browser cache. pip compiles the
libraries when it installs them, so that the very first start at a bedside lies between the two.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page

from benchmarks.browser import browser, load, page, wait_for_number
from benchmarks.tables import show
from tests.flow.program import free_port


def start(screen: Page, port: int, folder: Path) -> tuple[float, float]:
    """Seconds from the start of the process to the page's first byte, and to the first number."""
    command = [sys.executable, "-m", "dashboard", "demo", "--no-browser", "--port", str(port), "--data", str(folder)]
    environment = os.environ | {"PYTHONPYCACHEPREFIX": str(folder / "compiled"), "PYTHONDONTWRITEBYTECODE": ""}
    begin = time.monotonic()
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            load(screen, port)
            served = time.monotonic()
            wait_for_number(screen)
            return served - begin, time.monotonic() - begin
        finally:
            screen.goto("about:blank")  # the old page would look for its server, find the next one and reload
            process.send_signal(signal.SIGINT)


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder, browser() as chromium, page(chromium) as screen:
        port = free_port()  # one for all: to a browser another port is another site
        starts = {name: start(screen, port, Path(folder)) for name in ("first start", "second start", "third start")}
    rows = [(name, *(f"{each:.1f}" for each in seconds)) for name, seconds in starts.items()]
    show(("", "page served, s", "first number, s"), *rows)


if __name__ == "__main__":
    main()
