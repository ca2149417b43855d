"""Profiles made of files: what each changes, how files lie on each other, and every mistake found at its line."""

import re
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.model import Phase, Priority
from alerts.profile_files import parse_profile
from alerts.profiles import load_profile, overlays, read_profile, shipped
from alerts.rules import Profile, ProfileError, Rule, Stage

DEFAULT = load_profile("iv-ketamine")


def rule(profile: Profile, name: str) -> Rule:
    (found,) = [rule for rule in profile.rule if rule.id == name]
    return found


def stage(profile: Profile, name: str, priority: Priority) -> Stage:
    (found,) = [stage for stage in rule(profile, name).stage if stage.priority is priority]
    return found


def limits(profile: Profile, name: str, priority: Priority) -> list[str]:
    return [str(comparison) for comparison in stage(profile, name, priority).when]


def changed_rules(profile: Profile) -> list[str]:
    return [rule.id for rule in profile.rule if rule not in DEFAULT.rule]


# What comes with Dripwatch (rules.md, the end of section 3, and section 5)


def test_these_are_shipped() -> None:
    assert shipped() == ("esketamine-nasal", "im-sc", "iv-ketamine", "oral-sublingual")
    assert overlays() == ("older-adult", "stimulant-caution")


def test_an_infusion_is_observed_for_60_minutes_after_its_end_and_90_are_advised() -> None:
    session = DEFAULT.session
    assert (session.observed_from, session.observation, session.advised_in_all) == ("end of infusion", 3600, 5400)


@pytest.mark.parametrize("name", ["esketamine-nasal", "im-sc", "oral-sublingual"])
def test_other_routes_are_observed_for_two_hours_from_the_dose_and_keep_all_rules(name: str) -> None:
    profile = load_profile(name)
    assert "dose" in profile.session.observed_from
    assert (profile.session.observation, profile.session.advised_in_all) == (7200, 7200)
    assert profile.session.dosing_window == 40 * 60
    assert profile.name == name
    assert profile.rule == DEFAULT.rule
    assert (profile.timing, profile.nibp) == (DEFAULT.timing, DEFAULT.nibp)


def test_the_nasal_form_asks_for_three_pressures_counted_from_the_first_device() -> None:
    session = load_profile("esketamine-nasal").session
    assert session.nibp_at == ("before", 2400, "leaving")
    assert session.observed_from == "first dose"


def test_stimulant_caution_lowers_three_limits_and_no_delay() -> None:
    profile = load_profile("iv-ketamine+stimulant-caution")
    assert sorted(changed_rules(profile)) == ["BP-6", "HR-1", "HR-2"]
    assert limits(profile, "HR-1", Priority.LOW) == ["hr > 100"]
    assert limits(profile, "HR-2", Priority.MEDIUM) == ["hr > 115"]
    assert limits(profile, "BP-6", Priority.LOW) == ["nibp_sys >= previous + 15", "nibp_sys >= baseline + 20 %"]
    assert stage(profile, "HR-1", Priority.LOW).persistence == 60
    assert stage(profile, "HR-2", Priority.MEDIUM).persistence == 30
    assert stage(profile, "HR-2", Priority.HIGH).after == 300
    assert rule(profile, "BP-6").silent


def test_older_adult_changes_pressures_and_advises_half_an_hour_more() -> None:
    profile = load_profile("iv-ketamine+older-adult")
    assert sorted(changed_rules(profile)) == ["BP-2", "BP-4", "PRE-1"]
    assert limits(profile, "PRE-1", Priority.INFORMATION) == ["nibp_sys > 150", "nibp_dia > 90"]
    assert limits(profile, "BP-2", Priority.MEDIUM) == ["nibp_sys >= baseline + 30", "nibp_dia >= baseline + 20"]
    assert limits(profile, "BP-4", Priority.HIGH) == ["nibp_sys >= 190", "nibp_dia >= 110"]
    assert (profile.session.observation, profile.session.advised_in_all) == (3600, 5400 + 1800)
    assert load_profile("im-sc+older-adult").session.advised_in_all == 7200 + 1800


@pytest.mark.parametrize("base", shipped())
def test_both_overlays_go_on_any_profile_in_any_order(base: str) -> None:
    one, other = (load_profile("+".join((base, *tops))) for tops in permutations(overlays()))
    assert one.rule == other.rule
    assert one.session == other.session
    assert one.name == f"{base}+older-adult+stimulant-caution"


@pytest.mark.parametrize("spec", [*shipped(), "iv-ketamine+older-adult", "im-sc+older-adult+stimulant-caution"])
def test_every_number_names_its_source(spec: str) -> None:
    layer = read_profile(spec).layer
    for table, members in layer.data.items():
        if table == "rule":
            assert all(re.match(r"[SMD]\b", rule["source"]) for rule in members.values())
        elif isinstance(members, dict):
            numbers = [key for key, value in members.items() if not isinstance(value, str) and key != "routes"]
            bare = [key for key in numbers if not re.search(r"\b[SMD]\b", layer.places[table, key].comment)]
            assert bare == []


# The record


@pytest.mark.parametrize("base", shipped())
@pytest.mark.parametrize("tops", ["", "+older-adult", "+stimulant-caution", "+stimulant-caution+older-adult"])
def test_the_recorded_text_alone_gives_the_same_profile_again(base: str, tops: str) -> None:
    profile = load_profile(base + tops)
    again = parse_profile(profile.text, profile.name)
    assert again == profile
    assert again.sha256 == profile.sha256


def test_the_hash_names_what_a_profile_says_not_where_it_lies(tmp_path: Path) -> None:
    hashes = set()
    for folder in ("here", "there"):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / f"{folder}.toml"
        path.write_text('name = "clinic"\nextends = "iv-ketamine"\n')
        hashes.add(load_profile(str(path)).sha256)
    assert len(hashes) == 1
    assert hashes != {DEFAULT.sha256}


# A clinic's own


class Folder:
    """A folder with profiles in it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, text: str, name: str = "clinic.toml", head: str = 'extends = "iv-ketamine"') -> str:
        path = self.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'name = "{path.stem}"\n{head}\n{text}')
        return str(path)

    def load(self, text: str, tops: str = "") -> Profile:
        return load_profile(self.write(text) + tops)

    def faults(self, text: str, head: str = 'extends = "iv-ketamine"') -> list[str]:
        """The faults of a clinic's file whose third line is the first of `text`."""
        with pytest.raises(ProfileError) as error:
            load_profile(self.write(text, head=head))
        return [fault.removeprefix(f"{self.path}/") for fault in error.value.faults]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_a_file_changes_only_what_it_says(folder: Folder) -> None:
    profile = folder.load("[nibp]\ninterval = { observation = 900 }\noverdue = 60\n")
    assert profile.name == "clinic"
    assert profile.title == DEFAULT.title
    assert profile.nibp.interval == {Phase.BASELINE: 300, Phase.INFUSION: 300, Phase.OBSERVATION: 900}
    assert profile.nibp.overdue == 60
    assert profile.nibp.repeat == DEFAULT.nibp.repeat
    assert profile.rule == DEFAULT.rule


def test_a_rule_is_known_by_its_id_and_a_stage_by_its_priority(folder: Folder) -> None:
    profile = folder.load('[[rule]]\nid = "HR-4"\nstage = [{ priority = "high", when = ["hr <= 42"] }]')
    assert changed_rules(profile) == ["HR-4"]
    assert limits(profile, "HR-4", Priority.MEDIUM) == ["hr < 50"]
    assert limits(profile, "HR-4", Priority.HIGH) == ["hr <= 42"]
    assert stage(profile, "HR-4", Priority.HIGH).persistence == 15
    assert [rule.id for rule in profile.rule] == [rule.id for rule in DEFAULT.rule]


def test_a_new_stage_takes_its_place_among_the_priorities(folder: Folder) -> None:
    profile = folder.load('[[rule]]\nid = "HR-2"\nstage = [{ priority = "low", when = ["hr > 115"] }]')
    assert [s.priority for s in rule(profile, "HR-2").stage] == [Priority.LOW, Priority.MEDIUM, Priority.HIGH]


def test_a_new_rule_stands_after_all_others(folder: Folder) -> None:
    profile = folder.load(
        '[[rule]]\nid = "RR-3"\nkind = "continuous"\nside = "high"\nphases = ["infusion"]\nsource = "D: ours"\n'
        '[[rule.stage]]\nwhen = ["rr > 30"]\npersistence = 60\npriority = "low"\n'
    )
    assert profile.rule[:-1] == DEFAULT.rule
    assert limits(profile, "RR-3", Priority.LOW) == ["rr > 30"]


def test_replace_keeps_nothing_of_a_stage_or_a_rule(folder: Folder) -> None:
    profile = folder.load(
        '[[rule]]\nid = "HR-2"\n[[rule.stage]]\npriority = "high"\nreplace = true\nwhen = ["hr > 125"]\n'
        '[[rule]]\nid = "O2-1"\nreplace = true\nkind = "continuous"\nside = "low"\nphases = ["infusion"]\n'
        'source = "D: ours"\nstage = [{ priority = "low", when = ["spo2 < 93"] }]\n'
    )
    assert stage(profile, "HR-2", Priority.HIGH).after is None
    assert limits(profile, "HR-2", Priority.HIGH) == ["hr > 125"]
    assert stage(profile, "HR-2", Priority.MEDIUM) == stage(DEFAULT, "HR-2", Priority.MEDIUM)
    assert stage(profile, "O2-1", Priority.LOW).persistence == 0
    assert rule(profile, "O2-1").phases == {Phase.INFUSION}


def test_a_file_extends_a_file_beside_it_and_an_overlay_goes_on_both(folder: Folder) -> None:
    folder.write("[timing]\nclear = 7\nreminder = 90\n", "base.toml")
    top = folder.write("[timing]\nclear = 8\n", "rooms/one.toml", head='extends = "../base.toml"')
    profile = load_profile(top + "+older-adult")
    assert profile.name == "one+older-adult"
    assert (profile.timing.clear, profile.timing.reminder) == (8, 90)
    assert limits(profile, "BP-4", Priority.HIGH) == ["nibp_sys >= 190", "nibp_dia >= 110"]


def test_a_clinics_overlay_goes_on_a_shipped_profile(folder: Folder) -> None:
    quiet = folder.write('[[rule]]\nid = "HR-1"\nsilent = true\n', "quiet.toml", head="overlay = true")
    profile = load_profile(f"esketamine-nasal+{quiet}")
    assert profile.name == "esketamine-nasal+quiet"
    assert rule(profile, "HR-1").silent


def test_a_plus_in_the_name_of_a_file_is_part_of_it(folder: Folder) -> None:
    assert load_profile(folder.write("", "a+b.toml")).name == "a+b"


# Rules that a profile leaves out

NEXT = len(DEFAULT.rule) + 1
MAY_BE_OFF = {"BP-1", "BP-2", "BP-6", "BP-7", "RPP", "HR-1", "O2-1", "RR-1"}


@pytest.mark.parametrize("name", [rule.id for rule in DEFAULT.rule])
def test_no_high_rule_no_technical_rule_and_no_symptom_can_be_left_out(name: str, folder: Folder) -> None:
    text = f'[[rule]]\nid = "{name}"\noff = true\n'
    if name in MAY_BE_OFF:
        profile = folder.load(text)
        assert [rule.id for rule in profile.off] == [name]
        assert [rule.id for rule in profile.rule] == [rule.id for rule in DEFAULT.rule if rule.id != name]
        assert parse_profile(profile.text, "recorded") == profile
    else:
        reason = "'off' is never for a gate, a high rule, a T rule or SYM"
        assert folder.faults(text) == [f"clinic.toml:5: rule {name}: {reason}"]


def test_a_later_layer_switches_a_rule_on_again(folder: Folder) -> None:
    below = folder.write('[[rule]]\nid = "HR-1"\noff = true\n', "below.toml")
    top = folder.write('[[rule]]\nid = "HR-1"\noff = false\n', "top.toml", head='extends = "below.toml"')
    assert [rule.id for rule in load_profile(below).off] == ["HR-1"]
    assert load_profile(top).off == ()


# Mistakes


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("[timing]\nhold = 99\n", ["4: timing, hold: Input should be less than or equal to 60"]),
        ("[timing]\nsnooze = 3\n", ["4: timing, snooze: unknown key"]),
        ("[snooze]\n", ["3: snooze: unknown key"]),
        ('text = "x"\noff = []\n', ["3: text: unknown key", "4: off: unknown key"]),
        ("[nibp]\n\ninterval = {\n observation = 0 }", ["5: not valid TOML"]),
        ("[timing]\nhold = 1\nhold = 2", ["5: not valid TOML: Cannot overwrite a value"]),
        ('a = "', ["3: not valid TOML"]),
        ('[[rule]]\nid = "HR-9"\n', [f"3: rule HR-9, {key}: missing" for key in ("kind", "phases", "source")]),
        ('[[rule]]\nid = "HR-1"\n\n[[rule]]\nid = "HR-1"\n', ["6: rule HR-1 is there twice"]),
        ('[[rule]]\nphases = ["infusion"]\n', [f"3: rule {NEXT}, {key}: missing" for key in ("id", "kind", "source")]),
        ('[rule]\nid = "HR-1"\n', ["3: rule: each is a table in double brackets"]),
        ('[[rule]]\nid = "HR-1"\n[rule.stage]\nafter = 3\n', ["5: stage: each is a table in double brackets"]),
        ('[[rule]]\nid = "HR-1"\n[[rule.stage]]\npersistence = 3\n', ["5: rule HR-1, stage 2, priority: missing"]),
        ('[[rule]]\nid = "HR-1"\nstage = [{ priority = "low", after = 3 }]', ["5: rule HR-1, stage 1: a stage needs"]),
        ('[[rule]]\nid = "HR-1"\nstage = [{ priority = "low", when = ["hr > 125"] }]', ["3: crossed limits: HR-2"]),
        ("[session]\n\nadvised = 60\n", ["5: session: 'advised' is shorter than 'observation'"]),
        ("[session]\nnibp_at = [\n  2400,\n  'after',\n]\n", ["6: session, nibp_at 2"]),
        (
            '[[rule]]\nid = "O2-3"\nsource = ""\n[[rule.stage]]\npriority = "high"\nwhen = [\n"spo2 < 85",\n"o2 << 2"]',
            ["5: rule O2-3, source: String should have at least 1", "10: rule O2-3, stage 1, when 2: 'o2 << 2' is"],
        ),
    ],
)
def test_a_mistake_is_found_at_its_line(text: str, faults: list[str], folder: Folder) -> None:
    found = folder.faults(text)
    assert {fault.split(":")[1] for fault in found} == {fault.split(":")[0] for fault in faults}
    for fault in faults:
        assert any(other.startswith(f"clinic.toml:{fault}") for other in found), found


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("extends = 3", "2: extends: must be the name or path of a profile"),
        ("overlay = 'yes'", "2: overlay: must be true or false"),
        ("extends = 'iv-ketamine'\noverlay = true", "2: extends: an overlay goes on any profile and extends none"),
        ("extends = 'nothing.toml'", "2: extends: nothing.toml: no such profile or file (shipped: esketamine-nasal, "),
        ("extends = 'older-adult'", "2: extends: older-adult is an overlay: only a profile can be extended"),
        ("extends = 'clinic.toml'", "2: extends: goes round in a circle"),
    ],
)
def test_what_cannot_be_extended_is_said(head: str, words: str, folder: Folder) -> None:
    (fault,) = folder.faults("", head)
    assert fault.startswith(f"clinic.toml:{words}")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[timing]\n", "1: name: missing"),
        ('\nname = """a\nb"""', "2: name: must be one line"),
        ("name = 3", "1: name: mu"),
    ],
)
def test_a_profile_goes_by_a_name_of_its_own(text: str, fault: str) -> None:
    with pytest.raises(ProfileError, match=rf"^profile clinic\.toml:{fault}"):
        parse_profile(text, "clinic.toml")


def test_a_byte_order_mark_is_no_mistake(folder: Folder) -> None:
    path = Path(folder.write("[timing]\nclear = 7\n"))
    path.write_text(path.read_text(), "utf-8-sig")
    assert load_profile(str(path)).timing.clear == 7


def test_a_circle_of_two_is_found(folder: Folder) -> None:
    folder.write("", "one.toml", head="extends = 'two.toml'")
    with pytest.raises(
        ProfileError, match=r"one\.toml:2: extends: goes round in a circle: .*two\.toml -> .*one\.toml -> "
    ):
        load_profile(folder.write("", "two.toml", head="extends = 'one.toml'"))


def test_a_circle_through_folders_is_found_too(folder: Folder) -> None:
    (folder.path / "sub").mkdir()
    with pytest.raises(ProfileError, match="goes round in a circle"):
        load_profile(folder.write("", head="extends = 'sub/../clinic.toml'"))


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("older-adult", "older-adult: is an overlay: put it on top of a profile, as iv-ketamine"),
        ("iv-ketamine+im-sc", "im-sc: is no overlay"),
        ("iv-ketamine+older-adult+older-adult", "older-adult is there twice"),
        ("iv-ketamine+", "no such profile or file|cannot be read"),
        ("nonsense", "nonsense: no such profile or file"),
        ("../profiles/iv-ketamine", "no such profile or file"),
    ],
)
def test_what_cannot_be_put_together_is_said(spec: str, words: str) -> None:
    with pytest.raises(ProfileError, match=words):
        load_profile(spec)


def test_a_mistake_below_is_found_in_the_file_below(folder: Folder) -> None:
    folder.write("[timing]\nhold = 0\n", "below.toml")
    (fault,) = folder.faults("[timing]\nclear = 3\n", 'extends = "below.toml"')
    assert fault.startswith("below.toml:4: timing, hold: ")


@pytest.mark.parametrize(("head", "key"), [("extends = 'iv-ketamine'", "extends"), ("overlay = true", "overlay")])
def test_a_recorded_profile_stands_alone(head: str, key: str) -> None:
    with pytest.raises(ProfileError, match=rf"session:2: {key}: this text has to stand alone"):
        parse_profile(f"name = 'x'\n{head}\n", "session")


LINES = DEFAULT.text.splitlines()
VALUES = [n for n, line in enumerate(LINES) if re.match(r"[a-z_]+ = ", line) and not line.startswith("name")]
wrong = st.sampled_from(["[{}]", "{ x = 1 }", "[[1]]", "1979-05-27"])


@given(st.dictionaries(st.sampled_from(VALUES), wrong, min_size=1, max_size=3), st.integers(0, 9))
def test_any_wrong_values_are_reported_each_at_its_line(broken: dict[int, str], above: int) -> None:
    lines = [f"{line.split(' = ')[0]} = {broken[n]}" if n in broken else line for n, line in enumerate(LINES)]
    with pytest.raises(ProfileError) as error:
        parse_profile("# [timing]\n" * above + "\n".join(lines), "clinic.toml")
    assert {int(fault.split(":")[1]) for fault in error.value.faults} == {above + n + 1 for n in broken}
