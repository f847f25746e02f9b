"""After-action reviews 复盘: opened by rule or by a person, findings, actions followed to their end, a signed conclusion.

Whatever closes by itself is judged by `after_action.which`; a review closes only when none of its actions stands.
"""

from typing import Literal
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from dispatch import acts, journal, standings
from dispatch.after_action import events as e
from dispatch.after_action import lifecycle as life
from dispatch.after_action import store
from dispatch.after_action.model import AfterActionReview, Cause, Finding, FindingKind
from dispatch.after_action.which import Over, causes, drawn_by
from dispatch.desk.case import Case, authorised, open_case
from dispatch.desk.sealed import keep_text
from dispatch.errors import Invalid, NotFound, NotNow
from dispatch.firings import FireRule
from dispatch.settling import kind_of
from dispatch.texts import check_texts
from dispatch.waiting import Spoken
from dispatch.work import Work

ReviewActName = Literal["begin", "join", "find", "order", "close", "withdraw"]
"""Acts on a review that stands, as acts.csv calls them."""
MOST_FINDINGS = 200


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody has found. position: of the fact in the journal of the incident that it speaks of."""

    kind: FindingKind
    text: str
    position: int | None = None


async def open_review(w: Work, incident_id: UUID) -> AfterActionReview:
    """Look back on an incident; the review that stands, if one does, is begun. Raises NotFound, NotAllowed."""
    case = await open_case(w, incident_id, follow_merge=True)
    await authorised(w, case, "read")
    mine = {"room"} if case.incident.room_id in w.principal.rooms else set[str]()
    acts.authorise(w.principal, "after_action_review", "open", mine)
    before = [one for one in await store.of_incidents(w.conn, case.family) if one.stands]
    at, _ = w.step_time(case.incident.began)
    if before:
        return await _tell(w, before[0], life.Join(w.principal.id, w.principal.id, at))
    return await _opened(w, case, ("person",), at)


async def look_back_on(w: Work, case: Case, at: int) -> AfterActionReview | None:
    """The incident has closed: open its review if a rule wants one. What is keyed in later or replayed leads to none."""
    if not w.actor.is_live or await store.of_incidents(w.conn, case.family):
        return None
    incident = case.incident
    over = Over(
        incident=incident, kind=kind_of(incident, Spoken(w.centre.rules, w.centre.reference, w.centre.units)),
        units=len({a.unit_id for a in case.assignments.values() if a.unit_id and "ordered" in a.times}),
        endangered=await journal.has_fact_of(w.conn, "emergency", list(case.family), "pressed"),
        draw=w.centre.seal.lot(drawn_by(incident.id)),
    )  # fmt: skip
    why = causes(over)
    return await _opened(w, case, why, at) if why else None


async def _opened(w: Work, case: Case, why: tuple[Cause, ...], at: int) -> AfterActionReview:
    fact = e.Opened(
        incident_id=case.id, room_id=case.incident.room_id, causes=why, by=w.principal.id,
        begun=why == ("person",), at=at,
    )  # fmt: skip
    return await _told(w, None, uuid7(), fact)


async def begin(w: Work, review_id: UUID) -> AfterActionReview:
    """Begin with one that waits, and take part. Raises NotFound, NotAllowed, NotNow."""
    review = await opened(w, review_id, "begin")
    at, _ = w.step_time(max(review.times.values()))
    return await _tell(w, review, life.Join(w.principal.id, w.principal.id, at))


async def join(w: Work, review_id: UUID, who: str | None = None) -> AfterActionReview:
    """Take part, or name somebody else who does: one who had a hand in the incident. Raises NotFound, NotAllowed, Invalid."""
    check_texts(who, "participant")
    review = await opened(w, review_id, "join")
    other = who is not None and who != w.principal.id
    if other and not await journal.has_acted(w.conn, review.incident_id, who or ""):
        raise Invalid("Name somebody who had a hand in the incident.", field="participant")
    at, _ = w.step_time(max(review.times.values()))
    return await _tell(w, review, life.Join(w.principal.id, who or w.principal.id, at))


async def find(w: Work, review_id: UUID, seen: Seen) -> AfterActionReview:
    """Say what was found; the text is sealed. Raises NotFound, NotAllowed, NotNow, Invalid."""
    must_say(seen.text, "text")
    review = await opened(w, review_id, "find")
    if len(review.findings) >= MOST_FINDINGS:
        raise NotNow(f"This review has {MOST_FINDINGS} findings; that is as many as one holds.")
    moment = None
    if seen.position is not None:
        moment = await journal.moment_of(w.conn, review.incident_id, seen.position)
        if moment is None:
            raise Invalid("position names a fact of this incident's journal.", field="position")
    at, _ = w.step_time(review.times["opened"])
    finding = Finding(
        id=uuid7(), kind=seen.kind, by=w.principal.id, at=at, position=seen.position, moment=moment,
        narrative_id=await keep_text(w, review.incident_id, seen.text),
    )  # fmt: skip
    return await _tell(w, review, life.Find(finding))


async def close(w: Work, review_id: UUID, text: str) -> AfterActionReview:
    """Sign the conclusion; every action has ended by then. Raises NotFound, NotAllowed, NotNow, Invalid."""
    must_say(text, "text")
    review = await opened(w, review_id, "close")
    actions = tuple(await store.lock_actions_of(w.conn, review.id))
    at, _ = w.step_time(max(review.times.values()))
    said = await keep_text(w, review.incident_id, text)
    return await _tell(w, review, life.Close(w.principal.id, at, said, actions))


async def withdraw(w: Work, review_id: UUID) -> AfterActionReview:
    """It is not held after all: only one that a person wanted, with the reason. Raises NotFound, NotAllowed, NotNow, Invalid."""
    if not (w.actor.reason or "").strip():
        raise Invalid("To withdraw an after-action review, give the reason.", field="reason")
    review = await opened(w, review_id, "withdraw")
    actions = tuple(await store.lock_actions_of(w.conn, review.id))
    at, _ = w.step_time(max(review.times.values()))
    return await _tell(w, review, life.Withdraw(w.principal.id, at, actions))


async def opened(w: Work, review_id: UUID, act: ReviewActName) -> AfterActionReview:
    """The review under lock, when this act on it is the principal's; one that is none of theirs is NotFound."""
    review = (await store.lock(w.conn, [review_id])).get(review_id)
    if review is None or review.room_id not in w.principal.rooms:
        raise NotFound(f"There is no after-action review {review_id}.", noun="after_action_review")
    found = {"room", "own"} if w.principal.id in review.participants else {"room"}
    acts.authorise(w.principal, "after_action_review", act, found, review.state)
    return review


async def _tell(w: Work, review: AfterActionReview, command: life.Command) -> AfterActionReview:
    for fact in life.decide(review, command):
        review = await _told(w, review, review.id, fact)
    return review


async def _told(
    w: Work, review: AfterActionReview | None, id_: UUID, fact: e.ReviewFact
) -> AfterActionReview:
    changed = life.evolve(review, id_, fact)
    # Not a fact of the incident: its own story ends where it ended.
    w.append("after_action_review", id_, changed.version, None, fact)
    await store.save(w.conn, [changed])
    w.follow(standings.after_action_review(changed))
    return changed


async def fired(w: Work, review: AfterActionReview, command: FireRule) -> AfterActionReview:
    """A rule about it fell due."""
    return await _tell(w, review, command)


def must_say(text: str, field: str) -> None:
    """Raise Invalid for a text that says nothing."""
    check_texts(text, field)
    if not text.strip():
        raise Invalid(f"Say in {field} what there is to be said.", field=field)
