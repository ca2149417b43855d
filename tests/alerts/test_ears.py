"""One channel that is heard is enough; a screen is believed for 15 seconds."""

from alerts.ears import Ears, Heard

SILENT = Heard(False, "no loudspeaker; no screen lets sound through")


def test_the_station_alone_is_enough() -> None:
    assert Ears(lambda: None).listen() == Heard(True, None)


def test_a_screen_alone_is_enough_as_long_as_it_says_so() -> None:
    now = [100.0]
    ears = Ears(lambda: "no loudspeaker", lambda: now[0])
    assert ears.listen() == SILENT
    ears.screen_is_heard()
    now[0] = 115
    assert ears.listen() == Heard(False, None)
    now[0] = 115.1
    assert ears.listen() == SILENT


def test_a_station_that_was_not_asked_to_sound_says_what_to_do() -> None:
    assert "--sound" in str(Ears().listen().trouble)
