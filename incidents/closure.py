"""What must be there before an incident closes: its type says so, and nothing closes without it.

Answers with keys; the desk refuses the closing with them and the console shows them in words.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from incidents.call_backs import is_made
from incidents.model import Alarm
from incidents.reasons import Catalogue
from incidents.types import Closure

SENTENCES: Catalogue = {
    "call_back": ("还有报警人未回访", "a call-back is still due"),
    "final_feedback": ("缺少终结反馈", "the final feedback form is missing"),
    "people": ("反馈未填写涉警人员", "the feedback names no people"),
}


class Form(Protocol):
    """What of a feedback form counts here; `dispatch.model.Feedback` has it."""

    @property
    def kind(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def people_count(self) -> int | None: ...


def missing(
    closure: Closure, alarms: Iterable[Alarm], forms: Sequence[Form], ordered: bool
) -> tuple[str, ...]:
    """Keys of what is still missing. `ordered`: whether any unit was ever ordered; without one there is no form.

    A call-back is owed per alarm that may be called back: not those of officers, devices, agencies or paper without a
    caller, nor who asked not to be contacted; and again, whatever the type demands, of whoever was not satisfied so that
    the incident was reopened. People may be stated as 0.
    """
    found = []
    finals = [f for f in forms if f.kind == "final" and f.state in ("submitted", "accepted")]
    if any(_owed(alarm, closure.call_back) for alarm in alarms):
        found.append("call_back")
    if closure.final_feedback and ordered and not finals:
        found.append("final_feedback")
    if closure.people and finals and all(f.people_count is None for f in finals):
        found.append("people")
    return tuple(found)


def may_be_called_back(alarm: Alarm) -> bool:
    """Whether there is a caller, who did not ask not to be contacted."""
    return alarm.person_id is not None and not alarm.do_not_contact


def _owed(alarm: Alarm, by_type: bool) -> bool:
    """Whether somebody can and must be asked afterwards."""
    if alarm.called_back is not None and is_made(alarm.called_back):
        return alarm.called_back.then == "reopen" and may_be_called_back(alarm)
    return by_type and may_be_called_back(alarm)
