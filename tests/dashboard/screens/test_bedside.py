"""The bedside screen: everything the push writes to is there, it starts stale, and clicks are not trusted."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dash.development.base_component import Component

import dashboard
from alerts.profiles import load_profile
from alerts.snapshot import Snapshot
from dashboard.feed import Session
from dashboard.figures import trend_figure
from dashboard.screens import bedside
from dashboard.view import live, render
from ingest.sources import Mode

ASSETS = Path(dashboard.__file__).parent / "assets"
SCREEN = bedside.layout(trend_figure({}), "Room 2")

SESSION = Session("Room 2", Mode.LIVE, load_profile("iv-ketamine"), datetime(2026, 3, 1, tzinfo=UTC))
VIEW = render(Snapshot(), SESSION, 0) | dict.fromkeys(live(Snapshot(), SESSION.profile, 0), "")
WRITTEN = {key.partition("@")[0] for key in VIEW} | {"said", "command", "trends"}
WRITTEN |= {f"{tile}-age" for tile in ("hr", "spo2", "nibp", "rr", "etco2")}


def parts(component: object) -> Iterator[Component]:
    if isinstance(component, list):
        for child in component:
            yield from parts(child)
    elif isinstance(component, Component):
        yield component
        yield from parts(getattr(component, "children", None))


def of_id(id: str) -> Component:
    return next(part for part in parts(SCREEN) if getattr(part, "id", None) == id)


def words(component: object) -> str:
    if isinstance(component, str):
        return component
    if isinstance(component, list):
        return "".join(map(words, component))
    return words(getattr(component, "children", None) or [])


# Layout


def test_every_element_the_push_writes_is_there_once() -> None:
    ids = [id for part in parts(SCREEN) if (id := getattr(part, "id", None))]
    assert len(ids) == len(set(ids))
    assert set(WRITTEN) <= set(ids)


def test_the_page_starts_stale() -> None:
    for value in ("hr", "spo2", "nibp", "nibp-map", "hr-high", "spo2-low", "elapsed", "phase"):
        assert words(of_id(value)) == "--"


def test_the_page_never_starts_by_saying_that_all_is_well() -> None:
    assert words(of_id("strip-message")) == "Connecting …"


def test_what_must_always_be_read_is_on_the_page() -> None:
    assert words(of_id("bed")) == "Room 2"
    assert "Not a cleared medical device" in words(SCREEN)


def test_every_button_has_a_name() -> None:
    buttons = [part for part in parts(SCREEN) if type(part).__name__ == "Button"]
    assert len(buttons) > 10
    assert all(words(button).strip() or getattr(button, "title", "") for button in buttons)


def test_the_strip_is_read_out() -> None:
    strip = {name: getattr(of_id("strip"), name) for name in ("role", "aria-live", "aria-atomic")}
    assert strip == {"role": "alert", "aria-live": "polite", "aria-atomic": "true"}


def test_nothing_comes_from_outside() -> None:
    for asset in [*ASSETS.rglob("*.css"), *ASSETS.rglob("*.js")]:
        assert not re.findall(r"https?://|url\(\s*[\"']?//|@import", asset.read_text("utf-8")), asset.name


def test_every_file_the_style_sheet_names_is_there() -> None:
    for name in re.findall(r"url\(([^)]+)\)", (ASSETS / "bedside.css").read_text("utf-8")):
        assert (ASSETS / name).is_file(), name


# Contrast of the words, after WCAG 2: relative luminance of sRGB colours


def luminance(colour: str) -> float:
    colour = "".join(c * 2 for c in colour[1:]) if len(colour) == 4 else colour[1:]
    r, g, b = (int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4))
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (r, g, b))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def palette(theme: str) -> dict[str, str]:
    colours: dict[str, str] = {}
    for selector in (":root", theme):
        block = (ASSETS / "bedside.css").read_text("utf-8").partition(f"{selector} {{")[2].partition("}")[0]
        colours |= dict(re.findall(r"--([\w-]+): (#\w+)", block))
    return colours


@pytest.mark.parametrize("theme", [":root", ':root[data-theme="night"]'])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *((text, ground) for text in ("text", "soft") for ground in ("ground", "panel", "raised")),
        *((signal, ground) for signal in ("hr", "spo2", "nibp") for ground in ("panel", "tint")),
        *((signal, "dim-yellow") for signal in ("hr", "spo2", "nibp")),
        ("on-yellow", "yellow"),
        ("pale-yellow", "dim-yellow"),
        ("on-red", "red"),
        ("pale-red", "dim-red"),
        ("on-mode", "mode"),
    ],
)
def test_words_stand_out_seven_to_one_in_both_states_of_a_flash(theme: str, text: str, ground: str) -> None:
    colours = palette(theme)
    assert contrast(colours[text], colours[ground]) >= 7
