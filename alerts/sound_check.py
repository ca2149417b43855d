"""The self-test: all three alarm sounds in order, with words, and a person who says whether they were heard.

Only a person can: a volume turned down or a muted loudspeaker looks to a program like any other.
"""

from collections.abc import Callable
from contextlib import closing

from alerts.model import Priority
from alerts.sounder import TURN_S, Output
from alerts.tones import TONES

OPENING_S = 5.0
PAUSE_S = 1.0


def sound_check(
    opened: Callable[[], Output],
    say: Callable[[str], object],
    wait: Callable[[float], object],
    ask: Callable[[str], str] | None,
) -> bool:
    """Play and say what is played; whether the sounds are heard. `ask` None: nobody is there to be asked."""
    with closing(opened()) as output:  # closed before the question: while it waits for an answer nothing is sent
        why = _play_all(output, say, wait)
    if why:
        say(f"SOUND OFF: {why}")
        return False
    if ask is None or ask("Did you hear all three? [y/n] ").strip().lower().startswith("y"):
        return True
    say("Look for the volume, the mute key, and the output this machine has chosen; then test again.")
    return False


def _play_all(output: Output, say: Callable[[str], object], wait: Callable[[float], object]) -> str | None:
    """Low, medium, high; why they are not heard."""
    looks = round(OPENING_S / TURN_S)
    while (why := output.trouble()) and looks:
        _hold(Priority.INFORMATION, TURN_S, output, wait)
        looks -= 1
    for priority in sorted(TONES) if why is None else ():
        tone = TONES[priority]
        say(f"{priority.mark:>3} {priority.word}: {len(tone.gaps) + 1} pulses, in an alarm every {tone.every:g} s")
        _hold(priority, tone.length + PAUSE_S, output, wait)
    return why or output.trouble()


def _hold(priority: Priority, seconds: float, output: Output, wait: Callable[[float], object]) -> None:
    for _ in range(round(seconds / TURN_S)):
        output.send(priority.word)
        wait(TURN_S)
