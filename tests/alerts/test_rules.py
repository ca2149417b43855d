"""Profiles: what is shipped can be read and says where its numbers come from; what is wrong is refused in words."""

import pytest

from alerts.lifecycle import TRANSITIONS, Trigger, diagram
from alerts.model import OccurrenceState, Phase, Priority, Side
from alerts.profile_files import parse_profile
from alerts.profiles import load_profile, shipped
from alerts.rules import ProfileError
from ingest.model import Signal

TEXT = load_profile("iv-ketamine").text


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_profile_is_good_and_names_the_source_of_each_rule(name: str) -> None:
    profile = load_profile(name)
    assert profile.name == name
    assert all(rule.source[0] in "SMD" for rule in profile.rule)
    assert len(profile.sha256) == 64


def test_the_default_profile_has_every_rule_of_the_table() -> None:
    """rules.md section 3. T-3 is a time of [nibp], for it is about what is shown; T-8 to T-10 have no id there."""
    assert {rule.id for rule in load_profile("iv-ketamine").rule} == {
        *("PRE-1", "PRE-2", "PRE-3", "RPP", "RR-1", "RR-2", "SYM"),
        *("BP-1", "BP-2", "BP-3", "BP-4", "BP-5", "BP-6", "BP-7"),
        *("HR-1", "HR-2", "HR-3", "HR-4"),
        *("O2-1", "O2-2", "O2-3", "O2-4"),
        *("T-1", "T-2", "T-4", "T-5", "T-6", "T-7", "T-8", "T-9", "T-10", "T-11"),
    }


def test_setup_is_judged_like_baseline_and_ended_not_at_all() -> None:
    rules = {rule.id: rule for rule in load_profile("iv-ketamine").rule}
    assert rules["HR-2"].is_judged_in(Phase.SETUP)
    assert not rules["HR-1"].is_judged_in(Phase.SETUP)
    assert not rules["HR-2"].is_judged_in(Phase.ENDED)


def test_limits_for_the_screen() -> None:
    profile = load_profile("iv-ketamine")
    assert profile.shown_limits(Signal.HR) == {Side.HIGH: 120, Side.LOW: 50}
    assert profile.shown_limits(Signal.SPO2) == {Side.LOW: 90}
    assert profile.shown_limits(Signal.NIBP_SYS) == {Side.HIGH: 160, Side.LOW: 90}


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("[timing]", "[timing]\nsnooze = 3", "timing, snooze: unknown key"),
        ("audio_pause = 120", "audio_pause = 121", "timing, audio_pause"),
        ("hold = 10 ", "hold = nan ", "timing, hold"),
        ('priority = "low"', 'priority = "lowish"', "rule PRE-2, stage 1, priority: 'lowish' is not one of"),
        ('"hr > 110"', '"hrr > 110"', "unknown signal 'hrr'"),
        ('"hr > 110"', '"hr about 110"', "is not a comparison"),
        ('"hr > 110"', '"hr < 110"', "rule HR-1: < is on the wrong side"),
        ('"hr > 110"', '"nibp_sys > 110"', "does not belong in a rule of kind 'continuous'"),
        ('"hr > 110"', '"hr > 110", "hr > 115"', "has one comparison"),
        ('id = "HR-1"', 'id = "HR-2"', "rule HR-2 is there twice"),
        ('id = "HR-1"', 'id = "fast"', "id"),
        ('kind = "lost"', 'kind = "device"', "a rule needs stages"),
        ("again_within = 300", "", "exactly one of 'when', 'after', 'again_within'"),
        ('after = 300\npriority = "high"', 'after = 300\npriority = "low"', "each stage needs a higher priority"),
        ("after = 300", "again_within = 300", "'again_within' is for nibp rules"),
        ("again_within = 300", "after = 300", "an nibp stage has 'when' or 'again_within'"),
        ('"hr > 110"]\npersistence = 60', '"hr > 110"]\ndips = { count = 3, within = 60 }', "need a low limit"),
        ('kind = "lost"\nphases = ["baseline", "infusion", "observation"]', 'kind = "lost"\nphases = []', "phases"),
        ("baseline = 300, ", "", "no interval for baseline"),
        ('"spo2 < 85"', '"spo2 < 91"', "crossed limits: O2-3 (high) spo2 91 comes before O2-2 (medium) 90"),
        ('"nibp_sys < 90"', '"nibp_sys < 155"', "crossed limits: BP-5 nibp_sys 155 and BP-1 160"),
    ],
)
def test_a_wrong_profile_is_refused_with_its_place_and_reason(before: str, after: str, words: str) -> None:
    assert before in TEXT
    with pytest.raises(ProfileError, match=r"^profile clinic\.toml:\d+: ") as error:
        parse_profile(TEXT.replace(before, after, 1), "clinic.toml")
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_the_lifecycle_never_loses_an_alarm() -> None:
    """From every state but ended there is a way on, a high never ends unseen, and nothing comes back from ended."""
    states = {state for state, _ in TRANSITIONS}
    assert states == set(OccurrenceState) - {OccurrenceState.ENDED}
    assert TRANSITIONS[OccurrenceState.RAISED, Trigger.END_LATCHING] is OccurrenceState.LATCHED
    assert TRANSITIONS[OccurrenceState.ACKNOWLEDGED, Trigger.ESCALATE] is OccurrenceState.RAISED
    assert (OccurrenceState.LATCHED, Trigger.END) not in TRANSITIONS


def test_the_diagram_in_the_docs_is_the_table() -> None:
    from pathlib import Path

    assert diagram() in (Path(__file__).parents[2] / "docs" / "alarms.md").read_text("utf-8")


def test_priorities_have_their_marks() -> None:
    assert [p.mark for p in Priority] == ["", "*", "**", "***"]
