"""What is reported rather than measured: symptoms (SYM), breathing that a device misses (RR-2), interruptions (T-9)."""

from alerts.board import Board
from alerts.deadlines import Deadlines
from alerts.model import EndSymptom, Interruption, Occurrence, Refused, ReportSymptom
from alerts.rules import Rule
from alerts.technical import StagedAlarm
from ingest.model import SECOND, Signal

NO_BREATH = 0.0
"""A respiratory rate of 0 is the number for no breath."""


class SymptomWatch:
    """SYM: an alarm as long as the symptom lasts."""

    def __init__(self, rule: Rule, board: Board) -> None:
        self.rule = rule
        self._board = board
        self._present: dict[str, int] = {}

    def report(self, t: int, command: ReportSymptom) -> None:
        """The patient has it."""
        symptom = command.symptom
        if symptom not in (self.rule.symptoms or ()):
            self._refuse(t, command.who, f"no symptom {symptom!r}: {', '.join(self.rule.symptoms or ())}")
        elif symptom in self._present:
            self._refuse(t, command.who, f"{symptom} is reported already")
        else:
            message = f"{symptom.capitalize()} (reported by {command.who})"
            draft = Occurrence(0, self.rule.id, self.rule.stage[0].priority, symptom, None, None, None, message, 0)
            self._present[symptom] = self._board.raise_(t, draft)

    def end(self, t: int, command: EndSymptom) -> None:
        """It is over."""
        if (occurrence := self._present.pop(command.symptom, None)) is None:
            self._refuse(t, command.who, f"{command.symptom} is not reported")
        else:
            self._board.end(t, occurrence, f"over, says {command.who}")

    def _refuse(self, t: int, who: str, why: str) -> None:
        self._board.emit(Refused(t, who, why))


class ConditionWatch:
    """RR-2: a device reports a condition of the patient, or says so by its number; counted per source."""

    def __init__(self, rule: Rule, deadlines: Deadlines, board: Board) -> None:
        self.rule = rule
        self._alarm = StagedAlarm(rule, deadlines, board, is_technical=False)
        self._sources: set[str] = set()

    def say(self, source: str, is_there: bool) -> None:
        """What `source` says of it now."""
        self._sources = self._sources | {source} if is_there else self._sources - {source}

    def judge(self, t: int, is_judged: bool, reason: str) -> None:
        """Whether it is an alarm at `t`; `reason`: why it would be none any more."""
        words = str(self.rule.condition).removesuffix(" detected").capitalize()
        self._alarm.judge(t, is_judged and bool(self._sources), Signal.RR, words, reason)


def interrupted(rule: Rule, board: Board, command: Interruption) -> None:
    """T-9: nobody watched for a while: it is over when it is noticed, and stays until somebody has seen it."""
    seconds = (command.t - command.since) / SECOND
    words = f"Monitoring was interrupted for {seconds:.0f} s: check the patient"
    priority = rule.stage[0].priority
    draft = Occurrence(0, rule.id, priority, "station", None, None, None, words, 0, technical=True, latches=True)
    board.end(command.t, board.raise_(command.t, draft), "monitoring goes on")
