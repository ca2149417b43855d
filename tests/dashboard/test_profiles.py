"""`dripwatch profiles`, and that a wrong profile starts nothing, whichever command it was given to."""

import json
from pathlib import Path

import pytest

from alerts.profiles import load_profile
from dashboard.__main__ import main

WRONG = """\
name = "clinic"
extends = "iv-ketamine"

[timing]
audio_pause = 600

[[rule]]
id = "BP-4"
off = true
stage = [{ priority = "high", when = ["nibp_sys > > 200"] }]
"""


def lines(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What a command that succeeds prints."""
    assert main(arguments) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return [line.rstrip() for line in out.splitlines()]


def test_list_names_profiles_and_overlays(capsys: pytest.CaptureFixture[str]) -> None:
    found = lines(["profiles", "list"], capsys)
    assert [line.split()[0] for line in found] == [
        *("esketamine-nasal", "im-sc", "iv-ketamine", "oral-sublingual"),
        *("older-adult", "stimulant-caution"),
    ]
    assert found[4] == "older-adult        overlay: over 65 years; use it as iv-ketamine+older-adult"


def test_show_marks_nothing_in_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    found = lines(["profiles", "show", "iv-ketamine"], capsys)
    assert f"sha256 {load_profile('iv-ketamine').sha256}" in found
    assert [line for line in found if line.startswith(">")] == []
    assert "HR-3    S: NEWS2" in found
    assert "  high            hr >= 131; persistence 15" in found
    assert any(line.startswith("  shown           900 ") and "S: Masimo Root default" in line for line in found)


@pytest.mark.parametrize("name", ["iv-ketamine+older-adult", "older-adult"])
def test_show_says_what_differs_from_the_default_and_where_it_stands(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = lines(["profiles", "show", name], capsys)
    marked = [" ".join(line.split()) for line in found if line.startswith(">")]
    assert [line.rpartition(" ")[0] for line in marked] == [
        "> advised_more 0 -> 1800 30 min more than the profile below advises (D)",
        "> information nibp_sys > 140, nibp_dia > 90 -> nibp_sys > 150, nibp_dia > 90",
        *["> medium nibp_sys >= baseline + 40, nibp_dia >= baseline + 25"
          " -> nibp_sys >= baseline + 30, nibp_dia >= baseline + 20"],
        "> high nibp_sys >= 200, nibp_dia >= 120 -> nibp_sys >= 190, nibp_dia >= 110",
    ]  # fmt: skip
    assert all(line.rpartition(" ")[2].startswith("(older-adult:") for line in marked)
    assert "values that differ from iv-ketamine: 4" in found[2]
    assert "BP-4    D: 190/110 instead of 200/120 over 65 years" in found


def test_show_says_which_rules_are_off_and_what_is_new(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clinic = tmp_path / "clinic.toml"
    clinic.write_text('name = "clinic"\nextends = "iv-ketamine"\n[[rule]]\nid = "HR-1"\noff = true\n')
    found = lines(["profiles", "show", str(clinic)], capsys)
    assert "off: HR-1" in found[2]
    (marked,) = [line for line in found if line.startswith(">")]
    assert " ".join(marked.split()) == f"> off (not there) -> yes ({clinic}:5)"


def test_show_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = lines(["profiles", "show", "iv-ketamine+stimulant-caution", "--json"], capsys)
    shown = json.loads(line)
    assert shown["name"] == "iv-ketamine+stimulant-caution"
    assert shown["sha256"] == load_profile("iv-ketamine+stimulant-caution").sha256
    assert shown["files"] == ["iv-ketamine", "stimulant-caution"]
    differing = {(value["group"], value["key"]): value for value in shown["values"] if value["differs"]}
    assert set(differing) == {("HR-1", "low"), ("HR-2", "medium"), ("BP-6", "low")}
    hr = differing["HR-1", "low"]
    assert hr["value"] == {"when": ["hr > 100"], "persistence": 60}
    assert hr["default"] == {"when": ["hr > 110"], "persistence": 60}
    assert hr["source"].startswith("D: 100 instead of 110")
    assert hr["place"].startswith("stimulant-caution:")


def test_validate_says_good(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    overlay = tmp_path / "quiet.toml"
    overlay.write_text('name = "quiet"\noverlay = true\n[[rule]]\nid = "HR-1"\nsilent = true\n')
    (line,) = lines(["profiles", "validate", str(overlay)], capsys)
    assert line.startswith(f"{overlay}: good. ")
    assert line.endswith("values that differ from iv-ketamine: 1")


def test_validate_lists_every_fault_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "clinic.toml"
    path.write_text(WRONG)
    assert main(["profiles", "validate", str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    first, second = err.splitlines()
    assert first == f"{path}:5: timing, audio_pause: Input should be less than or equal to 120"
    assert second.startswith(f"{path}:10: rule BP-4, stage 1, when 1: 'nibp_sys > > 200' is not a comparison")


@pytest.mark.parametrize(
    ("before", "faults"),
    [
        ("", ["5: timing, audio_pause: ", "10: rule BP-4, stage 1, when 1: "]),
        ("audio_pause", ["10: rule BP-4, stage 1, when 1: "]),
        (
            "stage",
            ["5: timing, audio_pause: ", "9: rule BP-4: 'off' is never for a gate, a high rule, a T rule or SYM"],
        ),
    ],
)
def test_each_fault_is_its_own(
    before: str, faults: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Faults stay where they are while others are mended."""
    path = tmp_path / "clinic.toml"
    mended = ("" if before and line.startswith(before) else line for line in WRONG.splitlines())
    path.write_text("\n".join(mended))
    assert main(["profiles", "validate", str(path)]) == 2
    found = capsys.readouterr().err.splitlines()
    assert len(found) == len(faults)
    assert all(line.startswith(f"{path}:{fault}") for line, fault in zip(found, faults, strict=True))


@pytest.mark.parametrize("action", ["show", "validate"])
def test_a_profile_that_is_not_there_is_one_line_and_status_2(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profiles", action, "nonsense"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "nonsense: no such profile or file (shipped: esketamine-nasal, im-sc, iv-ketamine, " in line


@pytest.mark.parametrize("profile", ["{wrong}", "iv-ketamine+{wrong}", "nonsense", "older-adult"])
@pytest.mark.parametrize(
    "command", [["run", "--source", "csv:{table}"], ["demo"], ["replay", "{table}"], ["check", "{table}"]]
)
def test_a_wrong_profile_starts_no_session(
    command: list[str], profile: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = {"table": tmp_path / "bed.csv", "wrong": tmp_path / "clinic.toml"}
    names["table"].write_text("time_s,hr,spo2\n0,80,97\n1,80,97\n")
    names["wrong"].write_text(WRONG)
    given = [word.format(**names) for word in [*command, "--profile", profile]]
    assert main([*given, "--data", str(tmp_path / "data")]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert err.startswith("dripwatch: profile ")
    assert not (tmp_path / "data").exists()
