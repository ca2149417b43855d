"""What `check` counted over many recordings, as tables for people (100 columns) and as rows for programs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from alerts.model import Priority
from alerts.tally import HOUR, Tally, together
from dashboard.survey import Finding

WIDTH = 100
TOTAL = "all"
LEVELS = (Priority.HIGH, Priority.MEDIUM, Priority.LOW)
WORDS = frozenset({"recording", "most often", "rule", "watches for"})
"""Headers of columns of words, set to the left; figures are set to the right."""
LEGEND = (
    "/h: an hour; s: seconds. An alarm counts once, at the highest priority it reached;",
    "a second counts once, for the highest priority then active (of a rule: while it is active).",
)

Row = list[str]
Tallies = Sequence[Tally]
"""One, or with changes two: by the rules as they are, and changed."""


@dataclass(frozen=True, slots=True)
class Column:
    """A figure of a tally; with changes also the new one and the difference."""

    head: str
    figure: Callable[[Tally, str | None, Priority | None], float]
    level: Priority | None = None

    def heads(self, is_compared: bool) -> Row:
        """Its header, or its three headers."""
        return [self.head, "new", "diff"] if is_compared else [self.head]

    def cells(self, tallies: Tallies, rule: str | None = None, level: Priority | None = None) -> Row:
        """Its cell, or its three cells, of a rule and a priority (None: all)."""
        was, *changed = (self.figure(tally, rule, level or self.level) for tally in tallies)
        cells = [self._text(was) or "-"]
        for new in changed:
            cells += [self._text(new) or "-", self._text(new - was, "+") or "="]
        return cells

    def _text(self, figure: float, sign: str = "") -> str:
        """Nothing for a figure that would be printed as zero."""
        text = f"{figure:{sign},.{2 if self.figure is Tally.rate else 0}f}"
        return text if text.strip("+-0.") else ""


SHORT = MappingProxyType({Priority.HIGH: "high", Priority.MEDIUM: "med", Priority.LOW: "low"})
_HIGH_MEDIUM_LOW = tuple(Column(f"{SHORT[level]}/h", Tally.rate, level) for level in LEVELS)
_IN_ALARM = Column("s in alarm", Tally.seconds)
RECORDINGS = (
    Column("alarms/h", Tally.rate),
    *_HIGH_MEDIUM_LOW,
    *(Column(f"{SHORT[level]} s", Tally.seconds, level) for level in LEVELS),
)
RECORDINGS_COMPARED = (
    Column("alarms/h", Tally.rate),
    Column("high/h", Tally.rate, Priority.HIGH),
    _IN_ALARM,
)
RULES = (
    Column("alarms", Tally.count),
    Column("alarms/h", Tally.rate),
    *_HIGH_MEDIUM_LOW,
    _IN_ALARM,
)
RULES_COMPARED = (Column("alarms", Tally.count), Column("alarms/h", Tally.rate), _IN_ALARM)


def tables(findings: Sequence[Finding]) -> Iterator[str]:
    """The lines for people: recordings, the worst first, and their total; then rules, the most frequent first."""
    whole = _whole(findings)
    profiles = ", ".join(sorted({finding.profile for finding in findings}))
    yield f"{len(findings)} recording{'s' * (len(findings) > 1)}, {whole[0].duration / HOUR:.2f} h, rules of {profiles}"
    yield from (f"changed: {change}" for change in dict.fromkeys(c for f in findings for c in f.changes))
    yield ""
    yield from grid(_recordings(findings, whole), elastic=0)
    yield ""
    yield from grid(_rules(findings, whole), elastic=1)
    yield ""
    if len(whole) > 1:
        yield _verdict(*whole)
    yield from LEGEND
    if messages := whole[0].count(level=Priority.INFORMATION):
        yield f"Not counted: {messages:,} without a priority (a message on the screen, no sound)."


def rows(findings: Sequence[Finding]) -> Iterator[dict[str, str | float]]:
    """One row a recording and, last, one of all; with changes each once as it is and once changed."""
    whole = _whole(findings)
    rules = sorted({rule for tally in whole for rule, _ in tally.alarms})
    for name, tallies in [*((finding.name, finding.tallies) for finding in findings), (TOTAL, whole)]:
        for version, tally in zip(("as is", "changed"), tallies, strict=False):
            yield {"recording": name, "rules": version, **_figures(tally, rules)}


def _figures(tally: Tally, rules: Sequence[str]) -> dict[str, float]:
    figures = {"hours": tally.duration / HOUR, "messages": tally.count(level=Priority.INFORMATION)}
    parts = [("all", None, None), *((p.word, None, p) for p in LEVELS), *((rule, rule, None) for rule in rules)]
    for name, rule, level in parts:
        figures[f"{name} alarms"] = tally.count(rule, level)
        figures[f"{name} per hour"] = tally.rate(rule, level)
        figures[f"{name} seconds"] = tally.seconds(rule, level)
    return {name: round(figure, 3) for name, figure in figures.items()}


def grid(table: Sequence[Row], elastic: int) -> Iterator[str]:
    """A header and rows in columns as wide as they need; where that is too wide, column `elastic` is cut."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    surplus = sum(widths) + 2 * (len(widths) - 1) - WIDTH
    widths[elastic] = max(8, widths[elastic] - max(0, surplus))
    for row in table:
        cells = (
            f"{_cut(cell, width):<{width}}" if head in WORDS else f"{cell:>{width}}"
            for head, cell, width in zip(table[0], row, widths, strict=True)
        )
        yield "  ".join(cells).rstrip()


def _cut(words: str, width: int) -> str:
    return words if len(words) <= width else words[: width - 2] + ".."


def _whole(findings: Sequence[Finding]) -> Tallies:
    return [together(tallies) for tallies in zip(*(finding.tallies for finding in findings), strict=True)]


def _recordings(findings: Sequence[Finding], whole: Tallies) -> list[Row]:
    is_compared = len(whole) > 1
    columns = RECORDINGS_COMPARED if is_compared else RECORDINGS
    named: list[tuple[str, Tallies]] = [(f.name, f.tallies) for f in sorted(findings, key=_badness, reverse=True)]
    named += [(TOTAL, whole)] * (len(findings) > 1)
    table = [["recording", "hours", *(head for column in columns for head in column.heads(is_compared))]]
    for name, tallies in named:
        cells = (cell for column in columns for cell in column.cells(tallies))
        table.append([name, f"{tallies[0].duration / HOUR:.2f}", *cells])
    if not is_compared:
        for row, most in zip(table, ["most often", *(_most(tallies[0]) for _, tallies in named)], strict=True):
            row.append(most)
    return table


def _badness(finding: Finding) -> tuple[float, ...]:
    return tuple(finding.tallies[0].rate(level=level) for level in LEVELS)


def _most(tally: Tally) -> str:
    """The two rules that alarmed most, and how often."""
    counts = sorted((-tally.count(rule), rule) for rule in tally.rules)
    return ", ".join(f"{rule} {-count}" for count, rule in counts[:2])


def _rules(findings: Sequence[Finding], whole: Tallies) -> list[Row]:
    is_compared = len(whole) > 1
    columns = RULES_COMPARED if is_compared else RULES
    watched = {rule: words for finding in findings for rule, words in finding.conditions.items()}
    rules = sorted({rule for tally in whole for rule in tally.rules}, key=lambda rule: (-whole[0].count(rule), rule))
    last = [] if is_compared else ["recordings"]
    table = [["rule", "watches for", *(head for column in columns for head in column.heads(is_compared)), *last]]
    parts: list[tuple[str, str | None, Priority | None]] = [(rule, rule, None) for rule in rules]
    parts += [(level.word, None, level) for level in LEVELS if is_compared]
    for name, rule, level in [*parts, (TOTAL, None, None)]:
        cells = (cell for column in columns for cell in column.cells(whole, rule, level))
        heard = sum(finding.tallies[0].count(rule) > 0 for finding in findings)
        table.append([name, watched.get(name, ""), *cells, *([str(heard)] * len(last))])
    return table


def _verdict(was: Tally, new: Tally) -> str:
    alarms = _percent(was.count(), new.count())
    seconds = _percent(was.seconds(), new.seconds())
    return (
        f"As it is {was.count():,} alarms, changed {new.count():,}{alarms}; "
        f"in alarm {was.seconds():,.0f} s, changed {new.seconds():,.0f} s{seconds}."
    )


def _percent(was: float, new: float) -> str:
    return f" ({(new - was) / was:+.0%})" if was and round(new) != round(was) else ""
