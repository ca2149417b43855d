"""The header line: which column holds what, by the names that monitors, oximeters and data sets give them.

Names are compared as their words without case, blanks and punctuation; a unit may follow ("HR (bpm)", "Time [s]",
"spo2_pct"). A name that is not in the table is never guessed: an arterial line's "ART_SBP" is no cuff pressure, and
"HR_min" no heart rate, so both are listed as not read.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from ingest.model import SECOND, SIGNALS, Signal
from ingest.sources.csv_lines import LONGEST, as_text
from ingest.sources.csv_times import shown


class Label(StrEnum):
    """What a column can hold beside a signal."""

    TIME = "time"
    NIBP_TIME = "nibp_time"


Role = Signal | Label


def _cuff(*parts: str) -> tuple[str, ...]:
    words = ("nibp", "nbp", "bp", "cuff", "noninvasive", "noninvasivebp")
    return tuple(word + part for word in words for part in parts)


ALIASES: Mapping[Role, tuple[str, ...]] = MappingProxyType(
    {
        Label.TIME: (
            *("time", "t", "times", "sec", "seconds", "timestamp", "datetime", "dateandtime", "clock", "clocktime"),
            *("timeofday", "localtime", "elapsed", "elapsedtime", "relativetime", "charttime", "zeit", "uhrzeit"),
        ),
        Signal.HR: ("hr", "heartrate", "hrate", "ecghr", "hrecg", "ecgrate", "ecgcardbeatrate", "herzfrequenz"),
        Signal.PR: (
            *("pr", "pulse", "pulserate", "prate", "bpm", "puls", "pulsfrequenz", "plethhr", "plethpr", "plethrate"),
            *("prspo2", "spo2pr", "spo2pulse", "spo2pulserate", "spo2rate", "spo2hr", "pulsespo2", "pulseratespo2"),
        ),
        Signal.SPO2: (  # SaO2 is what some data sets call the oximeter's number; blood gases do not come as columns
            *("spo2", "sp02", "sao2", "sato2", "o2sat", "o2saturation", "sat", "saturation", "oxygensaturation"),
            *("oxygenlevel", "oxygen", "plethspo2", "plethsato2", "pulseox", "sättigung", "sauerstoffsättigung"),
        ),
        Signal.PI: ("pi", "perf", "perfusion", "perfusionindex", "perfindex", "plethpi"),
        Signal.NIBP_SYS: (
            *("sys", "systolic", "systole", "sbp", "systolicbp", "systolicpressure", "systolicbloodpressure"),
            *("sbpni", "nisbp", "nibps", *_cuff("sys", "systolic", "sbp")),
        ),
        Signal.NIBP_DIA: (
            *("dia", "dias", "diastolic", "diastole", "dbp", "diastolicbp", "diastolicpressure"),
            *("diastolicbloodpressure", "dbpni", "nidbp", "nibpd", *_cuff("dia", "dias", "diastolic", "dbp")),
        ),
        Signal.NIBP_MAP: (
            *("map", "mean", "mbp", "meanbp", "meanpressure", "meanarterialpressure"),
            *("mbpni", "nimbp", "nibpm", *_cuff("map", "mean", "mbp")),
        ),
        Label.NIBP_TIME: _cuff("time", "timestamp", "datetime"),
    }
)
"""What people call it; its own name and its ISO/IEEE 11073 reference identifier are understood as well."""

TIME_UNITS: Mapping[str, int] = MappingProxyType(
    {
        **dict.fromkeys(("us", "microseconds"), 1),
        **dict.fromkeys(("ms", "msec", "milliseconds"), SECOND // 1000),
        **dict.fromkeys(("s", "sec", "secs", "seconds"), SECOND),
        **dict.fromkeys(("m", "min", "mins", "minutes"), 60 * SECOND),
        **dict.fromkeys(("h", "hr", "hrs", "hours"), 3600 * SECOND),
        **dict.fromkeys(("utc", "local", "iso", "8601", "hh", "mm", "ss"), SECOND),  # remarks, not units
    }
)
_VALUE_UNITS = frozenset({"bpm", "beats", "per", "minute", "pct", "percent", "mmhg", "mm", "hg"})
_PER_MINUTE = re.compile(r"(?:1 ?|beats? ?)?/ ?min(?:ute)?|min ?\^?[-\u2212]1")
_SOFTWARE = frozenset({"mdc", "nom", "solar8000", "intellivue", "bx50"})
"""Words that only say whose name it is."""


def _words(name: str) -> list[str]:
    plain = _PER_MINUTE.sub(" bpm ", unicodedata.normalize("NFKC", name).casefold())
    return [word for word in re.split(r"[\W_]+", plain) if word and word not in _SOFTWARE]


def _names() -> Iterator[tuple[str, Role]]:
    for role, names in ALIASES.items():
        yield "".join(_words(role)), role
        yield from ((name, role) for name in names)
    for signal, info in SIGNALS.items():
        if signal in ALIASES:
            yield "".join(_words(info.mdc_name)), signal


_ROLES: Mapping[str, Role] = MappingProxyType(dict(_names()))
_DELIMITERS = (",", ";", "\t")
_NO_TEXT = "not a text file with a header line: save the table as CSV (UTF-8)"


@dataclass(frozen=True, slots=True)
class Header:
    """A header line understood. Columns are positions from 0.

    `time_unit` is that of a time written as a number, in microseconds. `signals` are in the order of
    ALIASES. `repeated` are the columns for which an earlier one counts.
    """

    delimiter: str
    names: tuple[str, ...]
    signals: Mapping[Signal, int]
    time: int | None
    time_unit: int
    nibp_time: int | None
    unknown: tuple[str, ...]
    repeated: tuple[str, ...]

    @property
    def decimal_comma(self) -> bool:
        """Whether a comma in a number can be a decimal comma (and is not the end of the cell)."""
        return self.delimiter != ","

    def cells(self, raw: bytes) -> list[str]:
        """The cells of a row, one for each name at least. Raises ValueError where the line is no such row."""
        if len(raw) > LONGEST:
            raise ValueError(f"longer than {LONGEST} bytes")
        if b"\0" in raw:
            raise ValueError("NUL bytes in the line")
        cells = split(as_text(raw).rstrip("\r"), self.delimiter)
        if len(cells) < len(self.names) or any(map(str.strip, cells[len(self.names) :])):
            raise ValueError(f"{len(cells)} cells where the header has {len(self.names)}")
        return cells


def split(line: str, delimiter: str) -> list[str]:
    """The cells of one line, quotes taken off. Raises ValueError for quotes that make no sense."""
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader((line,), delimiter=delimiter, skipinitialspace=True))
    except csv.Error as error:
        raise ValueError(str(error)) from error


def read_header(line: str, *, needs_time: bool = True) -> Header:
    """Understand a header line; the delimiter is the one that leads to the most known columns.

    Raises ValueError, in one line, if it names no signal, or no time where that is needed.
    """
    if len(line) > LONGEST or "\0" in line:
        raise ValueError(_NO_TEXT)
    header = max((_read(line, delimiter) for delimiter in _DELIMITERS), key=_known_columns)
    if not header.signals:
        raise ValueError(_no_signal(header))
    if header.time is None and needs_time:
        raise ValueError(f"no time column among {_listed(header.names)}: name one 'time', or say ?interval=SECONDS")
    return header


def _known_columns(header: Header) -> int:
    return len(header.names) - len(header.unknown)


def _read(line: str, delimiter: str) -> Header:
    names = [name.strip() for name in split(line, delimiter)]
    while len(names) > 1 and not names[-1]:  # a delimiter at the end of each line
        names.pop()
    found: dict[Role, int] = {}
    unit, unknown, repeated = SECOND, [], []
    for column, name in enumerate(names):
        role, units = _role(name)
        if role is None:
            unknown.append(name)
        elif role in found:
            repeated.append(name)
        else:
            found[role] = column
            unit = TIME_UNITS[units[0]] if role is Label.TIME and units else unit
    signals = {role: found[role] for role in ALIASES if isinstance(role, Signal) and role in found}
    time, nibp_time = found.get(Label.TIME), found.get(Label.NIBP_TIME)
    return Header(delimiter, tuple(names), signals, time, unit, nibp_time, tuple(unknown), tuple(repeated))


def _role(name: str) -> tuple[Role | None, list[str]]:
    """The longest run of first words that is a name, if nothing but units follow it."""
    words = _words(name)
    for end in range(len(words), 0, -1):
        if role := _ROLES.get("".join(words[:end])):
            units = words[end:]
            allowed = TIME_UNITS if isinstance(role, Label) else _VALUE_UNITS
            return (role, units) if all(unit in allowed for unit in units) else (None, [])
    return None, []


def _no_signal(header: Header) -> str:
    line = header.delimiter.join(header.names)
    if not line.replace("\t", " ").isprintable():
        return _NO_TEXT
    if any(_is_number(name) for name in header.names):
        return "the first line holds numbers, not names: put a header line such as time,HR,SpO2 above it"
    return f"no known signal among {_listed(header.names)}: name the columns time, HR, SpO2, NIBP_sys ..."


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return True


def _listed(names: Iterable[str]) -> str:
    shown_names = [shown(name) for name in names]
    return ", ".join(shown_names[:20]) + (" ..." if len(shown_names) > 20 else "")
