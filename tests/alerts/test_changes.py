"""What if: one number of a profile is another, everything else stays, and nonsense is refused in one line."""

import pytest

from alerts.changes import changed
from alerts.model import Priority
from alerts.profiles import load_profile
from alerts.rules import Profile, ProfileError, Rule

PROFILE = load_profile("iv-ketamine")


def rule(profile: Profile, id_: str) -> Rule:
    return next(rule for rule in (*profile.rule, *profile.off) if rule.id == id_)


def with_(*settings: str) -> Profile:
    return changed(PROFILE, settings)[0]


def test_a_key_of_a_rule_is_one_of_its_first_stage() -> None:
    assert rule(with_("O2-2.persistence=0"), "O2-2").stage[0].persistence == 0


def test_a_later_stage_is_named_by_its_number() -> None:
    stages = rule(with_("O2-2.stage2.after=120"), "O2-2").stage
    assert (stages[0].persistence, stages[1].after) == (15, 120)


def test_a_limit_is_the_number_of_a_comparison() -> None:
    (comparison,) = rule(with_("HR-2.limit=115"), "HR-2").stage[0].when
    assert str(comparison) == "hr > 115"


def test_one_of_several_limits_is_named_by_its_signal() -> None:
    assert list(map(str, rule(with_("BP-3.limit.nibp_dia=105"), "BP-3").stage[0].when)) == [
        "nibp_sys >= 180",
        "nibp_dia >= 105",
    ]


def test_a_limit_relative_to_the_baseline_stays_so() -> None:
    (comparison,) = rule(with_("BP-7.limit=25"), "BP-7").stage[0].when
    assert str(comparison) == "nibp_sys <= baseline - 25 %"


def test_times_have_sections() -> None:
    profile = with_("timing.hold=20", "nibp.interval.infusion=600")
    assert profile.timing.hold == 20
    assert set(profile.nibp.interval.values()) == {300, 600}


def test_values_are_those_of_toml() -> None:
    assert rule(with_("HR-1.priority=medium"), "HR-1").stage[0].priority is Priority.MEDIUM
    assert rule(with_('HR-1.phases=["observation"]'), "HR-1").phases == {"observation"}
    assert rule(with_("BP-1.repeat=true"), "BP-1").repeat


def test_off_takes_a_key_away_or_switches_a_rule_off() -> None:
    assert rule(with_("O2-2.dips=off"), "O2-2").stage[0].dips is None
    assert "HR-1" in {rule.id for rule in with_("HR-1=off").off}


def test_a_key_that_the_profile_leaves_out_can_be_given() -> None:
    assert rule(with_("O2-4.persistence=5"), "O2-4").stage[0].persistence == 5


def test_nothing_else_changes() -> None:
    same = with_("O2-2.persistence=15")
    assert same.model_dump() == PROFILE.model_dump()
    several = with_("O2-2.persistence=0", "O2-2.persistence=15")
    assert several.model_dump() == PROFILE.model_dump()


def test_the_changed_profile_has_a_hash_of_its_own_and_is_whole() -> None:
    profile = with_("HR-2.limit=115")
    assert profile.sha256 != PROFILE.sha256
    assert changed(profile, ["HR-2.limit=120"])[0].model_dump() == PROFILE.model_dump()


def test_each_change_is_said_with_what_was_there_before() -> None:
    settings = ["O2-2.persistence=0", "HR-2.limit=115", "HR-1=off", "BP-1.silent=true"]
    assert changed(PROFILE, settings)[1] == (
        "O2-2.persistence 15 -> 0",
        "HR-2.limit 120 -> 115",
        "HR-1 off",
        "BP-1.silent (not given) -> true",
    )


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("O2-2.persistance=0", "O2-2 has no key 'persistance': it has"),
        ("O2-2.persistance=0", "persistence, "),
        ("O2-2.persistance=0", "stage2.after"),
        ("O2-9.persistence=0", "no rule or section 'O2-9': there is"),
        ("O2-9.persistence=0", "O2-1, O2-2, O2-3, O2-4"),
        ("BP-3.limit=185", "limit.nibp_sys, limit.nibp_dia"),
        ("O2-2.persistence", "write KEY=VALUE"),
        ("O2-2.persistence=", "write KEY=VALUE"),
        ("O2-2.persistence=-1", "rule O2-2, stage 1, persistence: Input should be greater than or equal to 0"),
        ("O2-2.persistence=long", "rule O2-2, stage 1, persistence"),
        ("O2-2.limit=low", "a limit is a number, as in 'spo2 < 90'"),
        ("O2-2.limit=off", "a limit is a number"),
        ("HR-2.limit=105", "crossed limits: HR-2 (medium) hr 105 comes before HR-1 (low) 110"),
        ("BP-1.persistence=5", "an nibp stage has 'when'"),
        ("timing.audio_pause=600", "timing, audio_pause: Input should be less than or equal to 120"),
        ("HR-3=off", "never for a gate, a high rule"),
        ("name=x", "no rule or section 'name'"),
    ],
)
def test_what_cannot_be_is_one_clear_line(setting: str, words: str) -> None:
    with pytest.raises(ProfileError) as refused:
        with_(setting)
    line = str(refused.value)
    assert words in line
    assert setting in line
    assert "\n" not in line
