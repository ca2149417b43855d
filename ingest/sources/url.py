"""Source URLs, as people type them on the command line."""

import re
from collections.abc import Mapping
from math import inf
from pathlib import Path
from urllib.parse import parse_qsl

from ingest.model import micros
from ingest.sources import Source, SourceError
from ingest.sources.csv import CsvSource
from ingest.sources.simulator import open_scenario

_TABLE = (".csv", ".tsv", ".txt")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):(.*)", re.IGNORECASE | re.DOTALL)
"""Two letters at least: C: is a drive."""


def open_source(url: str) -> Source:
    """Open a source.

    `csv:PATH[?speed=10&follow=1&interval=60&time=%H:%M&name=bed 1]`, `csv:-` for standard input,
    `sim:SCENARIO[?seed=7&speed=2]`, or simply a path that ends in .csv, .tsv or .txt. Options are
    URL-quoted, the path is taken as it stands. Raises SourceError for what is not known or cannot be
    opened.
    """
    match = _SCHEME.fullmatch(url)
    scheme, rest = match.groups() if match else ("", url)
    match scheme.lower():
        case "csv":
            return _open_csv(rest)
        case "sim":
            return _open_simulated(rest)
        case "serial" | "capture":
            raise SourceError(f"{url}: this version cannot read {scheme.lower()}: sources yet: use csv: or sim:")
    if _path_and_options(url)[0].lower().endswith(_TABLE) and (not match or _exists(url)):
        return _open_csv(url)
    raise SourceError(f"{url!r}: not a source: use csv:PATH, csv:-, sim:SCENARIO or a file that ends in .csv")


def _open_csv(rest: str) -> CsvSource:
    path, query = _path_and_options(rest)
    if not path:
        raise SourceError("csv: names no file: use csv:PATH, or csv:- for standard input")
    options = _options("csv", query, ("speed", "follow", "interval", "time", "name"))
    if options.get("follow", "0") not in {"0", "1"}:
        raise SourceError(f"csv: option follow={options['follow']}: give 0 or 1")
    interval = _positive("csv", "interval", options["interval"]) if "interval" in options else None
    return CsvSource(
        path,
        speed=_positive("csv", "speed", options.get("speed", "1")),
        follow=options.get("follow") == "1",
        interval=None if interval is None else micros(interval),
        time_format=options.get("time"),
        name=options.get("name"),
    )


def _open_simulated(rest: str) -> Source:
    scenario, _, query = rest.partition("?")
    options = _options("sim", query, ("seed", "speed"))
    try:
        seed = int(options.get("seed", "1"))
    except ValueError:
        raise SourceError(f"sim: option seed={options['seed']}: give a whole number") from None
    return open_scenario(scenario, seed, _positive("sim", "speed", options.get("speed", "1")))


def _path_and_options(rest: str) -> tuple[str, str]:
    """Cut before the options; a question mark in the name of a file that exists belongs to the name."""
    for cut in (len(rest), *(at for at in range(len(rest) - 1, 0, -1) if rest[at] == "?")):
        if _exists(rest[:cut]):
            return rest[:cut], rest[cut + 1 :]
    path, _, query = rest.partition("?")
    return path, query


def _exists(path: str) -> bool:
    """Path.exists, but False too for a name that no system would have."""
    try:
        Path(path).stat()
    except (OSError, ValueError):
        return False
    return True


def _options(scheme: str, query: str, known: tuple[str, ...]) -> Mapping[str, str]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    for name, text in options.items():
        if name not in known:
            raise SourceError(f"{scheme}: no option {name!r}: it has {', '.join(known)}")
        if not text:
            raise SourceError(f"{scheme}: option {name} has no value: write {name}=...")
    return options


def _positive(scheme: str, option: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < inf:
        raise SourceError(f"{scheme}: option {option}={text}: give a number above 0")
    return value
