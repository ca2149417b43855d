"""Takes the pictures of docs/screens from the running program: `python -m tests.browser.pictures`.

Every picture is a simulated session or a table made here; nothing of it is a real patient.
"""

import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import ARGS, installed
from tests.flow.program import free_port

FOLDER = Path(__file__).parents[2] / "docs" / "screens"
SIZES = ((1920, 1080), (1366, 768), (1024, 768))
MEDIUM = "document.getElementById('strip').dataset.priority === 'medium'"
SOUND = "--autoplay-policy=no-user-gesture-required"


@contextmanager
def dripwatch(*arguments: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The program on a free port; its address and process."""
    port = free_port()
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-m", "dashboard", "run", *arguments, "--data", data, "--bed", "Room 2"]
        process = subprocess.Popen([*command, "--no-browser", "--port", str(port)], stderr=subprocess.DEVNULL)
        try:
            yield f"http://127.0.0.1:{port}/", process
        finally:
            process.send_signal(signal.SIGCONT)
            process.send_signal(signal.SIGINT)
            process.wait()


def opened(browser: Browser, url: str, size: tuple[int, int]) -> Page:
    """A page that shows the session, as soon as the program answers."""
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    for _ in range(100):
        try:
            page.goto(url)
            break
        except Exception:
            page.wait_for_timeout(200)
    page.wait_for_function("() => document.querySelector('#trends .js-plotly-plot') && dripwatch.ages")
    return page


def shoot(page: Page, name: str) -> None:
    """One picture, named after its state and size."""
    size = page.viewport_size
    assert size is not None
    page.wait_for_timeout(700)
    page.screenshot(path=FOLDER / f"{name}-{size['width']}x{size['height']}.png")


def until(page: Page, condition: str) -> None:
    """Wait for a condition in JavaScript."""
    page.wait_for_function(f"() => {condition}", timeout=120_000)


def sized(browser: Browser, name: str, source: str, condition: str) -> None:
    """One state in every size, as soon as `condition` holds and the trends have caught up."""
    with dripwatch("--source", source) as (url, _):
        pages = [opened(browser, url, size) for size in SIZES]
        until(pages[0], condition)
        pages[0].wait_for_timeout(5500)
        for page in pages:
            shoot(page, name)
            page.close()


def text_of(id_: str) -> str:
    """The text of an element, in JavaScript."""
    return f"document.getElementById('{id_}').textContent"


def main() -> None:
    """Every picture."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed(playwright), args=[*ARGS, SOUND])
        sized(browser, "calm", "sim:uneventful?speed=60", f"{text_of('elapsed')} > '27:00'")
        sized(browser, "desaturation", _falling(), MEDIUM)
        surge = "sim:hypertensive-surge?speed=60&seed=3"
        sized(browser, "surge", surge, f"/confirmed/.test({text_of('strip-message')})")
        _night(browser)
        _devices(browser)
        _stale_and_lost(browser)
        browser.close()
        browser = playwright.chromium.launch(executable_path=installed(playwright), args=[*ARGS])
        with dripwatch("--source", _falling()) as (url, _):
            page = opened(browser, url, SIZES[1])
            until(page, MEDIUM)
            shoot(page, "sound-blocked")
        browser.close()


def _falling() -> str:
    """Twenty quiet minutes and a fall, followed from its end: the alarm comes live, at real speed."""
    rows = ["time_s,hr,spo2,nibp_sys,nibp_dia,nibp_map"]
    for t in range(1230):
        spo2 = 97 if t < 1216 else max(88, 97 - (t - 1215))
        nibp = f"{124 + t // 40},{78 + t // 60},{94 + t // 50}" if t % 300 == 60 else ",,"
        rows.append(f"{t},{72 + t // 90 + (t // 7) % 3},{spo2 - (t // 31) % 2},{nibp}")
    path = Path(tempfile.mkdtemp()) / "oximeter.csv"
    path.write_text("\n".join(rows) + "\n")
    subprocess.Popen([sys.executable, "-c", _GROW, str(path)])
    return f"csv:{path}?follow=1&name=oximeter"


_GROW = """
import sys, time
for t in range(1230, 1290):
    time.sleep(1)
    with open(sys.argv[1], 'a') as table:
        table.write(f'{t},86,88,,,\\n')
"""


def _devices(browser: Browser) -> None:
    """Emulated devices: pleth, breathing, a cuff that obeys, the list of devices, why an alarm came."""
    folder = Path(tempfile.mkdtemp())
    names = ("contec-v7", "capnostream20", "suntech-nibp")
    emulators = [f"--pty={name}={folder / name}" for name in names]
    command = [sys.executable, "-m", "dashboard", "simulate", "desaturation", "--speed", "10", *emulators]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        cuff = f"serial:{folder / 'suntech-nibp'}?device=suntech-nibp&wait=1"
        for name in names[:2]:
            oximeter = f"serial:{folder / name}?device={name}&wait=1"
            with dripwatch("--source", oximeter, "--source", cuff) as (url, _):
                pages = [opened(browser, url, size) for size in SIZES]
                pages[0].click("[data-command='start-cuff']")
                until(pages[0], f"/[0-9]/.test({text_of('nibp')})")
                pages[0].wait_for_timeout(9000)
                for page in pages:
                    shoot(page, "pleth" if name == "contec-v7" else "breathing")
                if name == "contec-v7":
                    _panels(pages[1])
                for page in pages:
                    page.close()
        process.terminate()


def _panels(page: Page) -> None:
    page.click("#devices-open")
    shoot(page, "devices")
    page.click("#devices button:text-is('Close')")
    until(page, "document.getElementById('alarm-0').dataset.priority")
    page.click("#alarm-0-why")
    until(page, f"{text_of('receipt-words')}.length > 20")
    shoot(page, "why")


def _night(browser: Browser) -> None:
    with dripwatch("--source", "sim:uneventful?speed=60") as (url, _):
        page = opened(browser, url, SIZES[0])
        page.click("#theme")
        until(page, f"{text_of('elapsed')} > '27:00'")
        page.wait_for_timeout(5500)
        shoot(page, "night")


def _stale_and_lost(browser: Browser) -> None:
    path = Path(tempfile.mkdtemp()) / "oximeter.csv"
    rows = "".join(f"{t},81,97,,\n" for t in range(300))
    path.write_text(f"time_s,hr,spo2,nibp_sys,nibp_dia\n{rows}300,81,97,122,77\n")
    with dripwatch("--source", f"csv:{path}?follow=1&name=oximeter") as (url, process):
        page = opened(browser, url, SIZES[1])
        until(page, "document.getElementById('hr-tile').dataset.stale === 'gone'")
        shoot(page, "no-reading")
        process.send_signal(signal.SIGSTOP)
        until(page, "document.documentElement.dataset.link === 'lost'")
        shoot(page, "link-lost")


if __name__ == "__main__":
    main()
