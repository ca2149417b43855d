"""The browser of the browser tests: the machine's own Chromium or Chrome if it has one, else Playwright's.

As a program it tells by its exit status whether there is one that Playwright can drive; `make test` asks that first.
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

NAMES = ("chromium", "google-chrome", "google-chrome-stable", "chrome")
ARGS = (  # it calls nobody, and needs no shared memory of the size a container may lack
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="module")  # no longer: while Playwright runs, no other test could start an event loop
def browser() -> Iterator[Browser]:
    """A headless browser; open a fresh context in it for each test."""
    with sync_playwright() as playwright:
        found = installed(playwright)
        if not found:
            pytest.fail("no browser here: run `make browser`", pytrace=False)
        with playwright.chromium.launch(executable_path=found, args=ARGS) as browser:
            yield browser


def installed(playwright: Playwright) -> Path | None:
    """The browser to drive, or None. A snap is confined to its own folders and cannot be driven."""
    found = [Path(path) for name in NAMES if (path := shutil.which(name)) and "snap" not in Path(path).parts]
    return next((path for path in [*found, Path(playwright.chromium.executable_path)] if path.exists()), None)


if __name__ == "__main__":
    with sync_playwright() as playwright:
        sys.exit(installed(playwright) is None)
