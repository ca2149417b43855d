"""From a sample's arrival in the station to the painted number: our push beside the usual Dash way.

Both screens run one after the other in the same browser, each over the same station with the same history.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import psutil
from playwright.sync_api import Browser

from benchmarks import interval
from benchmarks.browser import WATCH, Bytes, browser, clock, cpu_s, latencies, load, page, renderers, wait_for_number
from benchmarks.serving import PERIOD, Build, serving
from benchmarks.tables import percentile, show
from dashboard import app

WARM_UP_S = 6
HEADER = ("", "n", "text p50", "p99", "painted p50", "p99 ms", "bytes/s", "page CPU", "server s/min", "busy")


@dataclass(frozen=True, slots=True)
class Run:
    """What one screen did: seconds per sample, bytes per second, seconds of processor per minute.

    `busy` is the share of all processors that was in use, in percent: much more than page and server
    need means that somebody else disturbed the run. `clock_error` is in seconds.
    """

    to_text: Sequence[float]
    to_paint: Sequence[float]
    bytes: float
    page: float
    server: float
    busy: float
    clock_error: float

    def row(self, name: str) -> tuple[str, ...]:
        """As a row of the table."""
        times = [f"{percentile(v, p) * 1000:.1f}" for v in (self.to_text, self.to_paint) for p in (50, 99)]
        cpu = f"{self.page:.2f}", f"{self.server:.2f}", f"{self.busy:.0f} %"
        return name, f"{len(self.to_paint)}", *times, f"{self.bytes:,.0f}", *cpu


def run(browser: Browser, build: Build, history_s: int, samples: int) -> Run:
    """One screen in a fresh page; the first seconds are left out."""
    with serving(build, history_s) as served, page(browser) as screen:
        received = Bytes(screen)
        load(screen, served.port)
        wait_for_number(screen)
        screen.wait_for_timeout(WARM_UP_S * 1000)
        screen.evaluate(WATCH)
        ours = clock(screen)
        server, pages = [psutil.Process(served.pid)], renderers()
        received.sum = 0
        served.arrivals()
        before = cpu_s(pages), cpu_s(server)
        psutil.cpu_percent()  # from here
        seconds = samples * PERIOD
        screen.wait_for_timeout(seconds * 1000)
        arrivals, count, busy = served.arrivals(), received.sum, float(psutil.cpu_percent())
        cpu = (cpu_s(pages) - before[0]) / seconds * 60, (cpu_s(server) - before[1]) / seconds * 60
        screen.wait_for_timeout(3000)  # for the last of them
        to_text, to_paint = latencies(screen, ours, arrivals)
        return Run(to_text, to_paint, count / seconds, *cpu, busy, ours.error)


def main() -> None:
    """Print the table and the ratios."""
    with browser() as chromium:
        usual = run(chromium, interval.build, 7200, 60)
        ours = run(chromium, app.build, 7200, 100)
        young = run(chromium, app.build, 120, 40)
    rows = usual.row("Interval 1 s, whole figures, 2 h"), ours.row("ours, 2 h"), young.row("ours, 2 min")
    show(HEADER, *rows)
    p99 = [percentile(each.to_paint, 99) for each in (ours, usual)]
    print(f"  painted p99: 1/{p99[1] / p99[0]:.0f} of the usual way's (aim 1/20) and {p99[0] * 1000:.0f} ms (aim 50)")
    print(f"  bytes a second: 1/{usual.bytes / ours.bytes:.0f} of the usual way's and {ours.bytes:.0f} (aim 200)")
    print(f"  page CPU at two hours / at two minutes: {ours.page / young.page:.2f} (aim 1.3)")
    print(f"  the two clocks are tied to {max(ours.clock_error, usual.clock_error) * 1000:.1f} ms")


if __name__ == "__main__":
    main()
