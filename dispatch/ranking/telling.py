"""What is said of those who are proposed and of quicker or nearer ones who are not: time, reasons, warnings, each term with its seconds.

The last step of a ranking; it changes nobody's place.
"""

from collections.abc import Sequence

from dispatch.driving import profile_of
from dispatch.ranking.candidates import Candidate, Candidates, Scored
from dispatch.ranking.model import PassedOver, Row, said
from dispatch.ranking.terms import with_effects
from dispatch.ranking.weights import terms
from dispatch.readiness import (
    committed,
    eligible,
    goes_last,
    in_words,
    kept_out,
    lent_away,
    secures_here,
    speaks_against,
    speaks_for,
)
from incidents.reasons import Reason
from units.model import Unit


def row(among: Candidates, scored: Scored) -> Row:
    """One who is proposed."""
    one, question, unit = scored.of, among.question, scored.of.unit
    fix, told = among.fix(unit), terms(scored.leaning, among.question.priority)
    held = among.commitments.of(unit.id, among.now)
    far = Reason("nearest", {"distance_m": round(one.straight_m)})
    if one.road_m is not None:
        far = Reason("by_road", {"road_m": round(one.road_m)})
    reasons = [*_meets(among, one), far, *among.suit(unit).reasons]
    if unit.room_id == question.room_id:
        reasons.append(Reason("own_area"))
    reasons += [*speaks_for(unit, among.now), *secures_here(held)]
    warnings = [
        *_chases(among, one),
        *_straightness(among, one),
        *committed(held, question.zone),
        *speaks_against(unit, among.now, among.post(unit), fix),
        *(_thins_out(among, one) if held is None or held.exercise else ()),
    ]
    return Row(
        unit_id=unit.id, handle=unit.handle, call_sign=unit.call_sign,
        eta_s=round(one.eta_s, 1), road_m=None if one.road_m is None else round(one.road_m, 1),
        straight_m=round(one.straight_m, 1), fix_age_s=round(fix.age_s, 1) if fix else None,
        state=among.state(one), skills=unit.skills, reasons=tuple(said(r) for r in reasons),
        warnings=tuple(with_effects(question, unit, scored.leaning, told, warnings)),
        score_s=scored.score_s, terms=told, leaning=scored.leaning,
    )  # fmt: skip


def passed_over(among: Candidates, one: Candidate, last_s: float) -> PassedOver:
    """A quicker one who is not proposed, and why not; last_s: the score of the last one who is."""
    unit, state = one.unit, among.state(one)
    why_nots = tuple(map(said, _why_nots(among, unit, state))) or _comes_after(among, one, last_s)
    return told(unit, state, one, why_nots)


def nearer(among: Candidates, one: Candidate, than: Candidate) -> PassedOver:
    """One who is not proposed and stands nearer in a straight line than somebody who is, but has a longer way by road."""
    unit, state = one.unit, among.state(one)
    longer_s = max(round(one.eta_s - than.eta_s), 1)
    why = Reason("nearer_straight", {"call_sign": than.unit.call_sign, "longer_s": longer_s})
    return told(unit, state, one, tuple(map(said, [why, *_why_nots(among, unit, state)])))


def told(
    unit: Unit, state: str, one: Candidate | None, why_nots: Sequence[dict[str, object]] = ()
) -> PassedOver:
    """Somebody as he is shown; one: None for a unit that was never seen."""
    return PassedOver(
        unit_id=unit.id,
        call_sign=unit.call_sign,
        straight_m=None if one is None else round(one.straight_m, 1),
        eta_s=None if one is None else round(one.eta_s, 1),
        state=state,
        why_nots=tuple(why_nots),
    )


def _why_nots(among: Candidates, unit: Unit, state: str) -> list[Reason]:
    """What keeps him from being ordered, or puts him last."""
    question = among.question
    why_nots = lent_away(unit, question.rooms, question.room_names, among.now)
    if state not in eligible(question.priority):
        why_nots.append(Reason("not_free", dict(in_words(state))))
    held = among.commitments.of(unit.id, among.now)
    if kept_out(held, question.priority):
        why_nots += committed(held, question.zone)
    why_nots += among.suit(unit).why_nots
    if not why_nots and goes_last(unit, question.priority, among.now, among.post(unit), among.is_lost(unit)):
        why_nots += speaks_against(unit, among.now, among.post(unit), among.fix(unit))
    return why_nots


def _comes_after(among: Candidates, one: Candidate, last_s: float) -> tuple[dict[str, object], ...]:
    """Which terms put him after those who are proposed; where they do not, his seat is filled by somebody before him."""
    scored = among.scored(one)
    weighed = terms(scored.leaning, among.question.priority)
    outweighed = with_effects(among.question, one.unit, scored.leaning, weighed, ())
    if outweighed and scored.score_s > last_s:
        return tuple(outweighed)
    return said(Reason("seat_filled")), *outweighed


def _meets(among: Candidates, one: Candidate) -> list[Reason]:
    """When it meets what moves, and whether it stands ahead of it."""
    met = among.met(one)
    if met is None or met.meets_s is None:
        return []
    meets = f"{round(met.meets_s) // 60}:{round(met.meets_s) % 60:02d}"
    return [Reason("ahead" if met.is_ahead else "catches_up", {"meets": meets})]


def _chases(among: Candidates, one: Candidate) -> list[Reason]:
    met = among.met(one)
    return [Reason("chases")] if met is not None and met.meets_s is None else []


def _thins_out(among: Candidates, one: Candidate) -> list[Reason]:
    """That too few would be left free where it belongs, by the duty level there; said of what can wait, and it hides nobody."""
    question = among.question
    if question.free is None or among.state(one) != "available":
        return []
    short = question.free.left_without(one.unit.ordered_by)
    if short is None:
        return []
    room_id, left, wanted = short
    zh, en = question.names.get(room_id, ("", ""))
    return [Reason("thins_out", {"room_zh": zh, "room_en": en, "left": left, "wanted": wanted})]


def _straightness(among: Candidates, one: Candidate) -> list[Reason]:
    """What is said of a time that is not by road."""
    if one.road_m is not None:
        return []
    if among.road is None or profile_of(one.unit.kind, among.question.priority) is None:
        return [Reason("straight_line")]
    return [Reason("off_road")]
