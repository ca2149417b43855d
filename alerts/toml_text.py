"""What tomllib leaves out of TOML: where each key stands, what is remarked behind it, and writing a profile.

A clinic must be told the line of its mistake, and the comment behind a number names its source; tomllib
gives neither and the style-keeping libraries keep no lines. The scanner reads only text that tomllib has
accepted, so it need not judge it.
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

Path = tuple[str | int, ...]
"""How to come to a value: `("rule", 5, "stage", 0, "when")`."""

_TOKEN = re.compile(
    r'''"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\]|\\.)*"|'[^']*'|#[^\n]*|\n|[\[\]{},=]|[^\s\[\]{},="'#]+''',
    re.DOTALL,
)
_BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key or table stands, lines counted from 1, and the comment behind it or behind its table's header."""

    file: str
    line: int
    comment: str = ""


def places(text: str, file: str) -> dict[Path, Place]:
    """The place of every table, key and list item of valid TOML."""
    scanner = _Scanner(text, file)
    scanner.document()
    return scanner.places


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    line = 1
    for match in _TOKEN.finditer(text):
        yield match[0], line
        line += match[0].count("\n")
    yield "\n", line


class _Scanner:
    def __init__(self, text: str, file: str) -> None:
        self.places: dict[Path, Place] = {}
        self._file = file
        self._rest = _tokens(text)
        self._word, self._line = next(self._rest)
        self._table: Path = ()
        self._remark = ""
        self._last: dict[Path, int] = {}

    def document(self) -> None:
        while self._word:
            if self._word == "[":
                self._header()
            elif self._word == "\n" or self._word.startswith("#"):
                self._next()
            else:
                path = self._pair(self._table)
                self.places[path] = replace(self.places[path], comment=self._comment() or self._remark)

    def _next(self) -> str:
        taken = self._word
        self._word, self._line = next(self._rest, ("", 0))
        return taken

    def _comment(self) -> str:
        return self._next().strip("# \t\r") if self._word.startswith("#") else ""

    def _mark(self, path: Path, line: int) -> None:
        self.places.setdefault(path, Place(self._file, line))

    def _header(self) -> None:
        line = self._line
        self._next()
        if is_list := self._word == "[":
            self._next()
        path: Path = ()
        names = self._key("]")
        for n, name in enumerate(names, 1):
            path = (*path, name)
            self._mark(path, line)
            if is_list and n == len(names):
                self._last[path] = self._last.get(path, -1) + 1
            if path in self._last:
                path = (*path, self._last[path])
                self._mark(path, line)
        if is_list:
            self._next()
        self._table, self._remark = path, self._comment()

    def _key(self, end: str) -> list[str]:
        names: list[str] = []
        while (token := self._next()) != end:
            is_quoted = token[0] in "\"'"
            names += [tomllib.loads(f"k={token}")["k"]] if is_quoted else filter(None, token.split("."))
        return names

    def _pair(self, table: Path) -> Path:
        line, path = self._line, table
        for name in self._key("="):
            path = (*path, name)
            self._mark(path, line)
        self._value(path)
        return path

    def _value(self, path: Path) -> None:
        match self._next():
            case "[":
                n = 0
                while self._skip() != "]":
                    self._mark((*path, n), self._line)
                    self._value((*path, n))
                    n += 1
                self._next()
            case "{":
                while self._skip() != "}":
                    self._pair(path)
                self._next()
            case _:  # a date may be two tokens
                while self._word not in {",", "]", "}", "\n", ""} and not self._word.startswith("#"):
                    self._next()

    def _skip(self) -> str:
        while self._word in {",", "\n"} or self._word.startswith("#"):
            self._next()
        return self._word


def write(data: Mapping[str, Any], remark: Callable[[Path], str]) -> str:
    """`data` as TOML: its values, its tables, its lists of tables; `remark` says the comment behind a key, or ""."""
    return "\n".join(_table(data, (), (), remark)).lstrip("\n") + "\n"


def _table(data: Mapping[str, Any], path: Path, names: tuple[str, ...], remark: Callable[[Path], str]) -> Iterator[str]:
    """Tables in a table of tables are written inline: `interval = { baseline = 300 }`."""
    later = []
    for key, value in data.items():
        if _is_tables(value) or (isinstance(value, dict) and not path):
            later.append((key, value))
            continue
        behind = remark((*path, key))
        yield f"{_name(key)} = {_written(value)}{f'  # {behind}' if behind else ''}"
    for key, value in later:
        within, header = (*path, key), (*names, _name(key))
        for n, table in enumerate(value) if isinstance(value, list) else [(None, value)]:
            yield from ("", f"[{'.'.join(header)}]" if n is None else f"[[{'.'.join(header)}]]")
            yield from _table(table, within if n is None else (*within, n), header, remark)


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _name(key: str) -> str:
    return key if _BARE.fullmatch(key) else _written(key)


def _written(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case list():
            return f"[{', '.join(map(_written, value))}]"
        case dict():
            return f"{{ {', '.join(f'{_name(key)} = {_written(item)}' for key, item in value.items())} }}"
    return str(value)
