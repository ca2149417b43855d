"""Lines and comments of TOML, and TOML written: what a person finds in the file is what we say of it."""

import string
import tomllib
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from alerts.toml_text import Path, places, write

TEXT = '''\
# a file with everything TOML has
name = "x # no comment"   # the name
"quoted key" = 1
a.b."c d" = 2             # dotted

[table]                   # for all of it
one = 1
two = { in = 1, deep = { er = 2 } }   # its own
long = """
= [not] # read
"""
many = [                  # of the list
  1,
  [2, 3],                 # of an item
  { x = "]" },
]                         # after it
when = 1979-05-27 07:32:00

[[rule]]
id = 'one'
[[rule.stage]]
n = 1
[[rule.stage]]
n = 2

[[rule]]
id = "two"
[[rule.stage]]
n = 3
[table.below]
deep = true
'''
LINES: dict[Path, int] = {
    ("name",): 2,
    ("quoted key",): 3,
    ("a", "b", "c d"): 4,
    ("table",): 6,
    ("table", "one"): 7,
    ("table", "two"): 8,
    ("table", "two", "deep", "er"): 8,
    ("table", "long"): 9,
    ("table", "many"): 12,
    ("table", "many", 0): 13,
    ("table", "many", 1): 14,
    ("table", "many", 1, 1): 14,
    ("table", "many", 2, "x"): 15,
    ("table", "when"): 17,
    ("rule", 0): 19,
    ("rule", 0, "id"): 20,
    ("rule", 0, "stage", 0): 21,
    ("rule", 0, "stage", 1, "n"): 24,
    ("rule", 1): 26,
    ("rule", 1, "stage", 0, "n"): 29,
    ("table", "below", "deep"): 31,
}


def test_every_key_is_found_at_its_line() -> None:
    found = places(TEXT, "x.toml")
    assert {path: found[path].line for path in LINES} == LINES
    assert set(found) == set(paths(tomllib.loads(TEXT)))


def test_a_comment_is_that_behind_the_value_or_else_behind_the_header() -> None:
    found = places(TEXT, "x.toml")
    comments = {path[-1]: found[path].comment for path in found if len(path) == 2 and path[0] == "table"}
    assert comments == {
        **{"one": "for all of it", "two": "its own", "long": "for all of it", "many": "after it"},
        **{"when": "for all of it", "below": ""},
    }
    assert found[("name",)].comment == "the name"
    assert found["a", "b", "c d"].comment == "dotted"


def test_lines_are_those_of_an_editor_whatever_ends_them() -> None:
    found = places("a = 1 # one\r\n\r\nb = 2\r\n", "x.toml")
    assert (found[("a",)].line, found[("b",)].line) == (1, 3)
    assert found[("a",)].comment == "one"


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """The way to every value there is."""
    if path:
        yield path
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, below in steps:
        yield from paths(below, (*path, step))


keys = st.text(string.ascii_letters + "-_.0 \"'#\\=\n\x7fä", max_size=5)
scalars = st.one_of(st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.text(max_size=12))
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=12
)
documents = st.dictionaries(keys, values, max_size=5)


@given(documents)
def test_what_is_written_is_read_again_and_every_key_of_it_is_found(document: dict[str, Any]) -> None:
    text = write(document, lambda path: "")
    assert tomllib.loads(text) == document
    assert set(places(text, "x.toml")) == set(paths(document))


@given(documents)
def test_comments_are_written_behind_the_values_they_belong_to(document: dict[str, Any]) -> None:
    text = write(document, lambda path: f"of {path!r}")
    assert tomllib.loads(text) == document
    for path, place in places(text, "x.toml").items():
        assert place.comment in ("", f"of {path!r}")
        assert f"of {path!r}" in text.split("\n")[place.line - 1] or not place.comment
