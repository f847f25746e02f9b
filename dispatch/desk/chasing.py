"""Chasing 催办: whoever is waited for hears of it once more, a unit on its terminal, a room at its seats.

The effect of a rule. The words are those of the rule, so that what is asked for is said.
"""

from datetime import datetime

from dispatch.desk import radio
from dispatch.desk.reaching import ordered
from dispatch.timers import Timer
from dispatch.waiting import LANGUAGES, Spoken, names_of
from dispatch.work import Work


async def chase(w: Work, timer: Timer) -> datetime | None:
    """Ask the unit again for what it owes; the alert itself is what a room hears."""
    if timer.noun != "assignment":
        return None
    incident, order, unit = await ordered(w, timer)
    rule = w.centre.rules.by_id.get(timer.rule)
    if unit is None or rule is None:
        return None
    words = Spoken(w.centre.rules, w.centre.reference, {unit.id: unit})
    names = names_of(incident, order, rule, timer.due_at - timer.armed_at, words)
    said = rule.say or rule.what
    text = " ".join(getattr(said, lang).format(**names[lang]) for lang in LANGUAGES)
    await radio.say(
        w, unit, "message", incident, order, text=f"催办 {text}", prompt="message", about=order.id
    )
    return None
