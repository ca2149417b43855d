"""Dripwatch as people start it, a table that grows beside it, and what its screen showed at every tenth of a second."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from playwright.sync_api import Error, Page

from ingest.recorder import Session
from ingest.recorder.record import Record, open_record

PATIENCE_S = 30
"""How long something without a required time may take on a busy machine."""


def until(is_so: Callable[[], object], what: str, patience_s: float = PATIENCE_S) -> None:
    """Wait for something outside the browser."""
    deadline = time.monotonic() + patience_s
    while not is_so():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.02)


def wait(page: Page, expression: str, argument: object = None) -> None:
    """Wait for something in the page. Playwright's own wait evaluates text there, and our policy forbids that."""
    until(lambda: page.evaluate(expression, argument), expression)


class Program:
    """`dripwatch ARGUMENTS` on one port; what it says goes to a file, so that it never waits for a reader."""

    def __init__(self, arguments: Sequence[str], folder: Path, port: int) -> None:
        self.data = folder / "data"
        self.url = f"http://localhost:{port}/"
        self._said = folder / "said.txt"
        self._command = [sys.executable, "-m", "dashboard", *arguments, "--no-browser", "--port", str(port)]
        self.start()

    def start(self) -> None:
        """Run it, the second time too, until it serves its page."""
        with self._said.open("w") as said:
            self.process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=said)
        until(lambda: "Dripwatch is at" in self.said() or self.process.poll() is not None, "served")
        assert self.process.poll() is None, self.said()

    def said(self) -> str:
        """Its standard error since the last start."""
        return self._said.read_text("utf-8")

    def freeze(self) -> float:
        """Stop it where it stands; returns when (seconds of the wall clock)."""
        self.process.send_signal(signal.SIGSTOP)
        return time.time()

    def thaw(self) -> float:
        """Let it go on; returns when."""
        self.process.send_signal(signal.SIGCONT)
        return time.time()

    def kill(self) -> float:
        """End it without a chance to say goodbye; returns when."""
        self.process.kill()
        self.process.wait()
        return time.time()

    def end(self) -> None:
        """End it as people do."""
        if self.process.poll() is None:
            self.thaw()
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=PATIENCE_S)

    @property
    def record(self) -> Record:
        """What it records."""
        return open_record(self.data)

    @property
    def session(self) -> Session:
        """The session it records, or recorded last."""
        return self.record.session("last")


def table(path: Path, rows: Iterable[Sequence[object]], header: str = "time_s,hr,spo2") -> Path:
    """A CSV file."""
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows), ""]), "utf-8")
    return path


def hr_at(second: int) -> int:
    """The heart rate of a LiveTable: it tells the second it is from, and gives no cause for alarm."""
    return 60 + second % 40


class LiveTable:
    """A CSV file that grows by a row a second, as a monitor's own program would write it. `spo2` is the patient's.

    `rests_s`: its first row is so old, and the next waits for `go_on`. `began` is when its time was 0.
    """

    def __init__(self, path: Path, rests_s: int = 0) -> None:
        self.path = path
        self.spo2 = 97
        self.began = time.time() - rests_s
        self._writes = threading.Event()
        self._stopped = threading.Event()
        table(path, [(0, hr_at(0), self.spo2)])
        os.utime(path, (self.began, self.began))
        self._thread = threading.Thread(target=self._grow, args=(rests_s + 1,))
        if not rests_s:
            self._writes.set()
        self._thread.start()

    def rest(self) -> None:
        """Write nothing for a while."""
        self._writes.clear()

    def go_on(self) -> float:
        """Write again; returns when."""
        self._writes.set()
        return time.time()

    def close(self) -> None:
        """Write nothing ever again."""
        self._stopped.set()
        self._thread.join()

    def _grow(self, second: int) -> None:
        while not self._stopped.wait(max(0, self.began + second - time.time())):
            if self._writes.is_set():
                with self.path.open("a", encoding="utf-8") as file:
                    file.write(f"{second},{hr_at(second)},{self.spo2}\n")
            second += 1


WATCH = """
const seen = JSON.parse(sessionStorage.getItem("seen") || "[]");       // a reload does not interrupt the watch
window.looks = () => seen;
addEventListener("pagehide", () => sessionStorage.setItem("seen", JSON.stringify(seen)));
const text = (id) => document.getElementById(id).textContent;
setInterval(() => {
    if (!document.getElementById("hr")) return;
    seen.push({at: Date.now() / 1000, link: document.documentElement.dataset.link, hr: text("hr"), spo2: text("spo2"),
               age: text("hr-age"), stale: document.getElementById("hr-tile").dataset.stale || "",
               message: text("strip-message"), detail: text("strip-detail"), banner: text("link-banner")});
}, 100);
"""


@dataclass(frozen=True, slots=True)
class Look:
    """What a screen showed at one moment (`at`: seconds of the wall clock)."""

    at: float
    link: str
    hr: str
    spo2: str
    age: str
    stale: str
    message: str
    detail: str
    banner: str


def looks(page: Page) -> list[Look]:
    """All that `page` has shown since it was opened, ten times a second."""
    try:
        return [Look(**look) for look in page.evaluate("looks()")]
    except Error as error:
        if "context was destroyed" not in str(error):
            raise
        return []  # it is just loading itself anew


def age(look: Look, started: float) -> float:
    """How old the heart rate of a LiveTable on the screen really is, seconds.

    `started` is when the session's time was 0, seconds of the wall clock.
    """
    now = look.at - started
    newest = int(now + 0.2)
    return now - newest + (hr_at(newest) - int(look.hr)) % 40


def first(looks: Iterable[Look], after: float, is_so: Callable[[Look], object]) -> float:
    """Seconds from `after` until the first look that is so."""
    for look in looks:
        if look.at >= after and is_so(look):
            return look.at - after
    raise AssertionError("no look was so")


def too_old(looks: Sequence[Look], started: float) -> list[tuple[float, float, Look]]:
    """Heart rates of a LiveTable that could pass for new: age, seconds since the look before, look (H01).

    3 s and 10 s after its sample a number is to be marked and gone. 0.6 s more are for the watchdog's 250 ms and the
    0.1 s between two looks; where they lie further apart the page could not run at all, and that counts as well.
    """
    found = []
    for before, look in pairwise(looks):
        if look.hr.isdigit():
            old, apart = age(look, started), look.at - before.at
            if old > 10.5 + apart or (old > 3.5 + apart and not is_aged(look)):
                found.append((round(old, 1), round(apart, 1), look))
    return found


def is_live(look: Look) -> bool:
    """Numbers that pass for new."""
    return look.link == "live" and look.hr.isdigit() and look.spo2.isdigit() and not look.stale


def is_aged(look: Look) -> bool:
    """A number with its age."""
    return look.hr.isdigit() and look.stale == "aged" and re.fullmatch(r"\d+ s ago", look.age) is not None


def is_gone(look: Look) -> bool:
    """No numbers."""
    return look.hr == "--" and look.spo2 == "--"
