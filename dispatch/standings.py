"""How each noun stands, in the words that rules use: states, flags and moments of incidents, orders and the rest.

One adapter a noun, from its row to a `Standing`; a rule can ask only for what stands in NOUNS. Pure.
"""

import tomllib
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from functools import cache
from importlib import resources
from typing import Any
from uuid import UUID

import msgspec

from dispatch.after_action.model import ActionState, AfterActionReview, ReviewAction, ReviewState
from dispatch.agencies.model import OPEN as REQUEST_OPEN
from dispatch.agencies.model import AgencyRequest, RequestState
from dispatch.broadcasts.model import Broadcast, BroadcastState
from dispatch.conditions import MOST_ALARMS, Subject
from dispatch.disputes.model import Dispute, DisputeState
from dispatch.errors import Invalid
from dispatch.handovers.model import H, HandOver, HandOverState
from dispatch.levels.model import DutyLevel, LevelState
from dispatch.model import Assignment, AssignmentState
from dispatch.planned_events.model import EventState, PlannedEvent
from dispatch.plans.model import IncidentPlan, PlanState, Task, TaskState
from dispatch.rosters.model import RosterShift, ShiftState
from dispatch.rules import Rule, RuleFile, Rules, Standing
from dispatch.seating.model import Seat
from dispatch.shortfalls.model import Shortfall, ShortfallState
from dispatch.signs import Sign
from dispatch.soundness import Known, Vocabulary, faults
from dispatch.supervision.model import SupervisionOrder, SupervisionState
from dispatch.talk.model import Emergency, NoteLamp
from incidents.call_points.health import Health
from incidents.model import ENDED, Incident, IncidentState, owes_ring_back
from incidents.telephone.model import Call
from units.model import Unit

NOUNS: Mapping[str, Vocabulary] = {
    "incident": Vocabulary(
        states=frozenset(IncidentState),
        flags=frozenset(
            {
                "place",
                "exercise",
                "rings",
                "unanswered",
                "surge",
                "ring_back_owed",
                "scheduled",
                "raised",
                "followed",
                "moving",
            }
        ),
        moments=frozenset(
            {
                "opened",
                "unassigned",
                "handled",
                "fed_back",
                "rang",
                "unanswered",
                "reported",
                "scheduled",
                "raised",
                "looked_in",
                "dispatched",
                "accepted",
                "en_route",
                "on_scene",
                "reviewed",
                "dissatisfied",
                "seen",
                "call_back_tried",
            }
        ),
        promises=frozenset({"scheduled"}),
        of_incident=True,
    ),
    "assignment": Vocabulary(
        states=frozenset(AssignmentState),
        flags=frozenset({"unit", "room", "primary", "exercise", "check_owed", "out_of_touch", "unreached"}),
        moments=frozenset(
            {"ordered", "delivered", "accepted", "en_route", "on_scene", "promised", "checked", "check_asked"}
            | {"heard", "touch_lost", "unreached", "unable"}
        ),
        promises=frozenset({"promised"}),
        of_incident=True,
    ),
    "emergency": Vocabulary(
        states=frozenset({"stands"}),
        flags=frozenset({"alone"}),
        moments=frozenset({"began", "pressed"}),
        of_incident=True,
    ),
    "call": Vocabulary(
        states=frozenset(
            {"ringing", "answered", "held", "conferenced", "transferred", "released", "abandoned"}
        ),
        flags=frozenset({"exercise", "owed", "number"}),
        moments=frozenset({"ringing", "abandoned"}),
    ),
    "call_point": Vocabulary(
        states=frozenset({"ok", "low_battery", "fault", "silent"}),
        flags=frozenset(),
        moments=frozenset({"heard"}),
    ),
    "unit": Vocabulary(
        states=frozenset({"available", "busy", "break", "out_of_service", "off_duty"}),
        flags=frozenset({"lent", "standby"}),
        moments=frozenset({"duty_until", "shift_ends", "lent_until", "standby_until"}),
        promises=frozenset({"duty_until", "shift_ends", "lent_until", "standby_until"}),
    ),
    "seat": Vocabulary(
        states=frozenset({"empty", "ready", "on_call", "wrap_up", "break", "away"}),
        flags=frozenset(),
        moments=frozenset({"answering"}),
    ),
    "plan": Vocabulary(
        states=frozenset(PlanState), flags=frozenset(), moments=frozenset({"proposed"}), of_incident=True
    ),
    "task": Vocabulary(
        states=frozenset(TaskState),
        flags=frozenset({"report", "cordon", "taken", "exercise"}),
        moments=frozenset({"opened", "due"}),
        promises=frozenset({"due"}),
        of_incident=True,
    ),
    "supervision": Vocabulary(
        states=frozenset(SupervisionState),
        flags=frozenset({"incident"}),
        moments=frozenset({"given", "due", "answered", "returned"}),
        promises=frozenset({"due"}),
    ),
    "handover": Vocabulary(
        states=frozenset(HandOverState),
        flags=frozenset({"unseen"}),
        moments=frozenset({"offered", "touched", "ended"}),
    ),
    "broadcast": Vocabulary(
        states=frozenset(BroadcastState),
        flags=frozenset({"urgent", "lookout", "exercise"}),
        moments=frozenset({"written", "sent", "called", "expires"}),
        promises=frozenset({"expires"}),
    ),
    "agency_request": Vocabulary(
        states=frozenset(RequestState),
        flags=frozenset({"exercise", "unreached"}),
        moments=frozenset({"sent", "taken", "arrived", "asked", "heard", "unreached"}),
        of_incident=True,
    ),
    "event": Vocabulary(
        states=frozenset(EventState),
        flags=frozenset({"exercise", "unmanned"}),
        moments=frozenset({"submitted", "starts", "started", "unmanned", "ends", "ended", "rephased"}),
        promises=frozenset({"starts", "unmanned", "ends"}),
    ),
    "after_action_review": Vocabulary(
        states=frozenset(ReviewState), flags=frozenset(), moments=frozenset({"opened", "open"})
    ),
    "review_action": Vocabulary(
        states=frozenset(ActionState),
        flags=frozenset(),
        moments=frozenset({"open", "due", "done", "returned"}),
        promises=frozenset({"due"}),
    ),
    "dispute": Vocabulary(
        states=frozenset(DisputeState),
        flags=frozenset({"exercise", "answered"}),
        moments=frozenset({"raised"}),
        of_incident=True,
    ),
    "duty_level": Vocabulary(
        states=frozenset(LevelState),
        flags=frozenset({"asks", "returns"}),
        moments=frozenset({"ordered", "until"}),
        promises=frozenset({"until"}),
    ),
    "roster_shift": Vocabulary(
        states=frozenset(ShiftState),
        flags=frozenset({"crew"}),
        moments=frozenset({"begins", "ends", "attended"}),
        promises=frozenset({"begins", "ends"}),
    ),
    "shortfall": Vocabulary(
        states=frozenset(ShortfallState), flags=frozenset(), moments=frozenset({"fell_short"})
    ),
    "note": Vocabulary(states=frozenset({"unread"}), flags=frozenset(), moments=frozenset({"sent"})),
}
"""Whoever gives a noun a new flag or moment enters it here, so that rules may name it."""


_AS_REACHED = (
    "handled",
    "dispatched",
    "accepted",
    "en_route",
    "on_scene",
    "fed_back",
    "reviewed",
    "dissatisfied",
    "call_back_tried",
)


def subject(i: Incident) -> Subject:
    """What an incident is, as conditions of rules ask."""
    return Subject(
        type=i.type_verified or i.type_reported, priority=i.priority, labels=i.labels, source=i.source, room_id=i.room_id,
        cell15=i.cell15, alarms=min(len(i.surge.recent), MOST_ALARMS) if i.surge is not None else 1,
    )  # fmt: skip


def incident(i: Incident, assignments: Iterable[Assignment] = ()) -> Standing:
    """An incident. opened: its entry, or the time somebody was promised, which lies ahead.

    unassigned: since when nobody is sent: that, its reopening or the end of its last order.
    """
    flags = {"place"} if i.place is not None and (i.place.located or i.place.address) else set()
    flags |= {"exercise"} if i.exercise else set()
    flags |= {"ring_back_owed"} if owes_ring_back(i) else set()
    opened = i.times.get("entered", i.times.get("ringing", 0))
    moments = {}
    if i.promised is not None and i.promised > opened:
        flags.add("scheduled")
        moments["scheduled"] = opened = i.promised
    ends = [
        max(a.times.values()) for a in assignments if a.is_over and "ordered" in a.times
    ]  # not what was only kept
    moments |= {"opened": opened, "unassigned": max([opened, *ends])}
    moments |= {name: i.times[name] for name in _AS_REACHED if name in i.times}
    told = _reports(i)
    return Standing(
        noun="incident", id=i.id, incident_id=i.id, state=i.state, priority=i.priority, of=subject(i),
        flags=frozenset(flags | told.keys()), moments=moments | {_MOMENTS[flag]: at for flag, at in told.items()},
    )  # fmt: skip


_MOMENTS = {
    "rings": "rang",
    "unanswered": "unanswered",
    "surge": "reported",
    "raised": "raised",
    "followed": "looked_in",
    "moving": "seen",
}


def _reports(i: Incident) -> dict[str, int]:
    """What a press, a surge or a room above asks for: flag -> the moment it counts from."""
    told = {}
    if i.press is not None and i.press.ring is not None:
        told["rings"] = i.press.ring.since
    if i.press is not None and i.press.unanswered_at is not None and i.press.answer is None:
        told["unanswered"] = i.press.unanswered_at
    if i.surge is not None and i.surge.since is not None:
        told["surge"] = i.surge.recent[-1]
    unnoticed = [one.at for one in i.raised if one.noticed_at is None]
    if unnoticed:
        told["raised"] = min(unnoticed)
    followed = [one.checked_at for one in i.raised if one.checked_at is not None]
    if followed:
        told["followed"] = min(followed)
    if i.is_moving:
        told["moving"] = i.last_seen
    return told


def call_point(health: Health) -> Standing:
    """A device: since when it is as it is; whether it was heard since, the effect of the rule asks."""
    return Standing(
        noun="call_point",
        id=health.id,
        state=health.state,
        moments={"heard": round(health.since.timestamp() * 1000)},
    )


_AS_TIMED = (
    "ordered", "delivered", "accepted", "en_route", "on_scene", "check_asked", "touch_lost", "unreached",
)  # fmt: skip


def assignment(a: Assignment, of: Incident) -> Standing:
    """One order; `of`: the incident it is for, which gives its priority."""
    flags = {"unit" if a.unit_id else "room"}
    if a.role == "primary":
        flags.add("primary")
    if of.exercise:
        flags.add("exercise")
    moments = {name: a.times[name] for name in _AS_TIMED if name in a.times}
    if a.watches:
        moments.pop("accepted", None)  # it sets out for nowhere
    if "unreached" in moments:
        flags.add("unreached")
    if a.state in (AssignmentState.UNABLE, AssignmentState.EXPIRED):
        moments["unable"] = a.times[a.state]
    if "on_scene" in moments:
        moments["checked"] = max(moments["on_scene"], a.times.get("checked", 0))
        if moments.get("check_asked", 0) > a.times.get("checked", 0):
            flags.add("check_owed")
        moments["heard"] = max(moments["checked"], a.times.get("touch_regained", 0))
    if a.is_out_of_touch:
        flags.add("out_of_touch")
    if a.promised_at is not None:
        moments["promised"] = round(a.promised_at.timestamp() * 1000)
    return Standing(
        noun="assignment", id=a.id, incident_id=a.incident_id, state=a.state, priority=of.priority, of=subject(of),
        flags=frozenset(flags), moments=moments,
    )  # fmt: skip


def call(c: Call) -> Standing:
    """A telephone call. owed: it was given up and nobody has rung back; number: there is one to be rung."""
    said = {"exercise": c.exercise, "owed": c.owes_ring_back, "number": c.person_id is not None}
    return Standing(
        noun="call", id=c.id, state=c.state, flags=frozenset(flag for flag, applies in said.items() if applies),
        moments={name: c.times[name] for name in ("ringing", "abandoned") if name in c.times},
    )  # fmt: skip


def unit(u: Unit) -> Standing:
    """A unit's duty and the times it said; its jobs are watched as assignments."""
    times = {"duty_until": u.duty_until, "shift_ends": u.shift_ends_at, "lent_until": u.lent_until}
    flags = {"lent"} if u.lent_to else set[str]()
    if u.standing_by is not None:
        times["standby_until"] = u.standing_by.until
        flags.add("standby")
    return Standing(
        noun="unit", id=u.id, state=u.duty, flags=frozenset(flags),
        moments={name: round(at.timestamp() * 1000) for name, at in times.items() if at is not None},
    )  # fmt: skip


def seat(s: Seat) -> Standing:
    """A seat that answers; whether its page was heard since, the effect of the rule asks."""
    since = {} if s.answering_since is None else {"answering": round(s.answering_since.timestamp() * 1000)}
    return Standing(noun="seat", id=s.id, state=s.state, moments=since)


def plan(p: IncidentPlan, of: Incident) -> Standing:
    """A plan on an incident; `of`: the one it counts with."""
    return Standing(
        noun="plan", id=p.id, incident_id=p.incident_id, state=p.state, priority=of.priority, of=subject(of),
        moments={"proposed": round(p.proposed_at.timestamp() * 1000)},
    )  # fmt: skip


def task(t: Task, of: Incident) -> Standing:
    """A task; `of`: the incident it counts with."""
    said = {
        "report": t.step.kind == "report", "cordon": t.step.kind == "cordon", "taken": t.owner is not None,
        "exercise": of.exercise,
    }  # fmt: skip
    times = {"opened": t.opened_at, "due": t.due_at}
    return Standing(
        noun="task", id=t.id, incident_id=t.incident_id, state=t.state, priority=of.priority, of=subject(of),
        flags=frozenset(flag for flag, applies in said.items() if applies),
        moments={name: round(at.timestamp() * 1000) for name, at in times.items() if at is not None},
    )  # fmt: skip


def broadcast(b: Broadcast) -> Standing:
    """A broadcast. expires: when it ends, which lies ahead; called: when it was last said to those who had not read it."""
    said = {"urgent": b.urgent, "lookout": b.kind == "lookout", "exercise": b.exercise}
    moments = {name: b.times[name] for name in ("written", "sent", "called") if name in b.times}
    moments["expires"] = round(b.expires_at.timestamp() * 1000)
    flags = frozenset(flag for flag, applies in said.items() if applies)
    return Standing(noun="broadcast", id=b.id, state=b.state, flags=flags, moments=moments)


def supervision(o: SupervisionOrder) -> Standing:
    """A supervision order, which stands whatever becomes of its incident. due: when its answer is, which lies ahead."""
    steps: tuple[str, ...] = ("given", "answered", "returned")
    moments = {name: o.times[name] for name in steps if name in o.times}
    moments["due"] = round(o.due_at.timestamp() * 1000)
    flags = frozenset({"incident"} if o.incident_id else ())
    return Standing(noun="supervision", id=o.id, state=o.state, flags=flags, moments=moments)


def handover(h: HandOver) -> Standing:
    """A hand-over. unseen: it ran out and nobody has taken note; touched: when somebody last went on with it."""
    times = {"offered": h.offered_at, "touched": h.touched_at, "ended": h.ended_at}
    return Standing(
        noun="handover", id=h.id, state=h.state,
        flags=frozenset({"unseen"} if h.state is H.ABANDONED and h.seen_by is None else ()),
        moments={name: round(at.timestamp() * 1000) for name, at in times.items() if at is not None},
    )  # fmt: skip


def after_action_review(r: AfterActionReview) -> Standing:
    """An after-action review. opened: since when it waits to be begun; open: since when somebody works on it."""
    steps: tuple[str, ...] = ("opened", "open")
    moments = {name: r.times[name] for name in steps if name in r.times}
    return Standing(noun="after_action_review", id=r.id, state=r.state, moments=moments)


def review_action(a: ReviewAction) -> Standing:
    """What follows from a review. due: until when it is to be done, which lies ahead."""
    steps: tuple[str, ...] = ("open", "done", "returned")
    moments = {name: a.times[name] for name in steps if name in a.times}
    moments["due"] = round(a.due_at.timestamp() * 1000)
    return Standing(noun="review_action", id=a.id, state=a.state, moments=moments)


def duty_level(level: DutyLevel) -> Standing:
    """A duty level that was ordered. until: when it is to be thought over, which lies ahead; returns: ends by itself then."""
    moments = {"ordered": round(level.ordered_at.timestamp() * 1000)}
    if level.until is not None:
        moments["until"] = round(level.until.timestamp() * 1000)
    flags = frozenset({"returns" if level.returns else "asks"})
    return Standing(noun="duty_level", id=level.id, state=level.state, flags=flags, moments=moments)


def roster_shift(s: RosterShift) -> Standing:
    """A rostered shift. begins, ends: as planned, which lie ahead; crew: the roster names who."""
    times = {"begins": s.begins_at, "ends": s.ends_at, "attended": s.attended_at}
    return Standing(
        noun="roster_shift", id=s.id, state=s.state, flags=frozenset({"crew"} if s.crew else ()),
        moments={name: round(at.timestamp() * 1000) for name, at in times.items() if at is not None},
    )  # fmt: skip


def shortfall(s: Shortfall) -> Standing:
    """A room that is short of free units."""
    return Standing(
        noun="shortfall", id=s.id, state=s.state, moments={"fell_short": round(s.began_at.timestamp() * 1000)}
    )


def agency_request(r: AgencyRequest, of: Incident) -> Standing:
    """Help asked of an agency; nobody is chased for an incident that a leader has ended all the same.

    asked: when it was last told to the agency; heard: the last word of it, or to it.
    """
    steps: tuple[str, ...] = ("sent", "taken", "arrived", "unreached")
    moments = {name: r.times[name] for name in steps if name in r.times}
    moments["asked"] = max(r.times["sent"], r.times.get("chased", 0))
    moments["heard"] = max(at for name, at in r.times.items() if name != "unreached")
    said = {"exercise": of.exercise, "unreached": "unreached" in r.times}
    state = "over" if of.state in ENDED and r.state in REQUEST_OPEN else r.state.value
    return Standing(
        noun="agency_request", id=r.id, incident_id=r.incident_id, state=state, priority=of.priority, of=subject(of),
        flags=frozenset(flag for flag, applies in said.items() if applies), moments=moments,
    )  # fmt: skip


def event(p: PlannedEvent) -> Standing:
    """A planned event. starts, ends: as planned; unmanned: the earliest report time of those who have not checked in; rephased: its approver does not know."""
    reached = {"submitted": "submitted", "started": "running", "ended": "ended", "rephased": "rephased"}
    moments = {name: p.times[state] for name, state in reached.items() if state in p.times}
    lying_ahead = {"starts": p.starts_at, "ends": p.ends_at, "unmanned": p.unmanned_since}
    moments |= {name: round(at.timestamp() * 1000) for name, at in lying_ahead.items() if at is not None}
    said = {"exercise": p.exercise, "unmanned": p.unmanned_since is not None}
    flags = frozenset(flag for flag, applies in said.items() if applies)
    return Standing(noun="event", id=p.id, state=p.state, flags=flags, moments=moments)


def dispute(d: Dispute, of: Incident) -> Standing:
    """A dispute about the duty of an incident; the room that rules mean is the one that decides."""
    said = {"exercise": of.exercise, "answered": d.answered}
    return Standing(
        noun="dispute", id=d.id, incident_id=d.incident_id, priority=of.priority,
        state="over" if of.state in ENDED and d.is_open else d.state.value,
        of=msgspec.structs.replace(subject(of), room_id=d.judge_room_id),
        flags=frozenset(flag for flag, applies in said.items() if applies), moments={"raised": d.times["raised"]},
    )  # fmt: skip


def note(lamp: NoteLamp, incident_id: UUID, *, on_it: bool = True) -> Standing:
    """An urgent note as one unit has it; on_it: whether that unit is still on the incident."""
    state = "over" if not on_it else "unread" if lamp.read_at is None else "read"
    sent = {"sent": round(lamp.sent_at.timestamp() * 1000)}
    return Standing(noun="note", id=lamp.id, incident_id=incident_id, state=state, moments=sent)


def emergency(one: Emergency, of: Incident | None) -> Standing:
    """An officer in danger, on an incident or alone. pressed: the last time; what belongs to none only plain rules mean."""
    moments = {"began": one.raised_at, "pressed": one.pressed_at}
    return Standing(
        noun="emergency", id=one.id, incident_id=one.incident_id, state="over" if one.reset_at else "stands",
        flags=frozenset() if of else frozenset({"alone"}), priority=of.priority if of else 1,
        of=subject(of) if of else None,
        moments={name: round(at.timestamp() * 1000) for name, at in moments.items()},
    )  # fmt: skip


def checked(file: RuleFile, version: int, effects: Collection[str], city: Known | None = None) -> Rules:
    """A file's rules, when they can be used. Raises Invalid with the first fault and how many more there are."""
    found = faults(file, NOUNS, frozenset(effects), city)
    if found:
        more = f" ({len(found) - 1} more faults in this file.)" if len(found) > 1 else ""
        raise Invalid(found[0] + more, field="rules", faults=found)
    return rules_of(file, version)


def rules_of(file: RuleFile, version: int) -> Rules:
    """The rules of a file, unchecked."""
    return Rules(version, file.rules, file.signs, file.automatic)


def understood(body: str) -> RuleFile:
    """A file that was put in, without what only a newer release knows: while both run, that is left to the newer one."""
    try:
        return msgspec.json.decode(body, type=RuleFile)
    except msgspec.ValidationError:
        told: dict[str, Any] = msgspec.json.decode(body)
        rules, signs = _known_of(told.get("rules", ()), Rule), _known_of(told.get("signs", ()), Sign)
        return RuleFile(rules, signs, tuple(told.get("automatic", ())))


def _known_of[T](rows: Iterable[object], kind: type[T]) -> tuple[T, ...]:
    found = []
    for row in rows:
        with suppress(msgspec.ValidationError):
            found.append(msgspec.convert(row, kind))
    return tuple(found)


def shipped_file() -> dict[str, Any]:
    """The rules the house comes with, as their file says them."""
    return tomllib.loads(resources.files("dispatch").joinpath("rules.toml").read_text("utf-8"))


def shipped_rules() -> Rules:
    """Version 0: what holds until an administrator puts in other rules. Tests check it against the effects there are."""
    return rules_of(_shipped(), 0)


@cache
def _shipped() -> RuleFile:
    return msgspec.convert(shipped_file(), RuleFile)
