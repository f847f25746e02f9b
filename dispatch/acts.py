"""Who may do what: act × role × relation × state as one table (`acts.csv`), read once and asked before every act.

`relations` says how a principal stands to an incident, an assignment or a unit; `authorise` compares that with the
table. No row for the role and relation in any state is `NotAllowed`; a row, but not for this state, is `NotNow`.
"""

import csv
from collections.abc import Collection, Iterable
from importlib import resources
from uuid import UUID

import msgspec

from dispatch.errors import NotAllowed, NotNow

RELATIONS = (
    "any",
    "own",
    "sees",
    "room",
    "commands",
    "ordered",
    "ordering",
    "assigned",
    "unit",
    "gateway",
    "lent",
    "offered",
    "entered",
    "shares",
    "disputing",
    "other",
    "judging",
)
DEVICE_ROLES = frozenset({"unit", "gateway", "replayer"})


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Who knocks. `rooms` is the subtree under its room, and what it covers for other seats (`covering`).

    At least one of room_id, unit_id, gateway is set; seat_id: where a person sits.
    """

    id: str
    roles: frozenset[str]
    room_id: UUID | None = None
    rooms: frozenset[UUID] = frozenset()
    unit_id: UUID | None = None
    gateway: str | None = None
    seat_id: UUID | None = None
    covering: frozenset[UUID] = frozenset()

    @property
    def is_device(self) -> bool:
        """Whether a wrong claimed time of its is kept and flagged instead of refused."""
        return bool(self.roles & DEVICE_ROLES)


class Rule(msgspec.Struct, frozen=True):
    """One line of the table; states None means every state."""

    act: str
    noun: str
    roles: frozenset[str]
    relation: str
    states: frozenset[str] | None

    def allows_someone(self, roles: Collection[str], relations: Collection[str]) -> bool:
        """Whether role and relation match, whatever the state."""
        return not self.roles.isdisjoint(roles) and (self.relation == "any" or self.relation in relations)


def read_rules(lines: Iterable[str]) -> tuple[Rule, ...]:
    """The rules of a CSV with the columns act, noun, roles, relation, states."""
    return tuple(
        Rule(
            act=row["act"],
            noun=row["noun"],
            roles=frozenset(row["roles"].split()) | {"replayer"},
            relation=row["relation"],
            states=None if row["states"] == "*" else frozenset(row["states"].split()),
        )
        for row in csv.DictReader(lines)
    )


RULES = read_rules(resources.files("dispatch").joinpath("acts.csv").read_text("utf-8").splitlines())
_SAID = {
    "answer_backup": "answer the request for backup of",
    "backup": "ask for backup for",
    "activate_plan": "activate a plan on",
    "administer": "change",
    "call_back": "record a call-back about",
    "check": "mark as heard",
    "dedicate": "give a unit to",
    "concede": "take the duty by",
    "dismiss_plan": "decide against a plan of",
    "dispute": "dispute the duty of",
    "rephase": "change the phases of",
    "end_pursuit": "end the pursuit of",
    "join_pursuit": "take part in the pursuit of",
    "pursue": "call a pursuit",
    "seen_at": "say where somebody saw",
    "draw_cordon": "draw a cordon around",
    "duty": "change the duty of",
    "emergency": "press the emergency of",
    "end_plan": "end a plan of",
    "feedback": "feed back about",
    "follow": "follow",
    "give_back": "give back",
    "hand_back": "hand back the command of",
    "hand_over": "hand over",
    "log": "write into the log of",
    "log_off": "log off",
    "log_on": "log on",
    "lower_p1": "lower the priority of",
    "message": "send a message to",
    "note": "add a note to",
    "notice": "acknowledge what fell due of",
    "find": "say what was found in",
    "finish": "say what was done about",
    "join": "take part in",
    "open_texts": "read what people said in",
    "on_view": "report from the scene for",
    "playback": "play back the way of",
    "preempt": "take a unit from",
    "preempt_next": "take a unit from",
    "record": "tell of",
    "reveal": "see what is kept apart of a person in",
    "keep": "look again at",
    "reset_emergency": "reset the emergency of",
    "ring_back": "record a ring-back about",
    "raise_command": "give the command of",
    "recommend": "ask for a recommendation for",
    "check_in": "check in to",
    "cover": "name who covers for",
    "scene": "tell of the scene of",
    "skip": "leave undone",
    "close_open": "end, with something of it still open,",
    "request_agency": "ask an agency for help for",
    "sign_off": "sign off",
    "draft": "draft",
    "offer": "sign and offer",
    "see": "take note of",
    "tick": "mark as read what stands in",
    "taken": "say that somebody has taken",
    "arrived": "say that somebody has arrived for",
    "result": "tell the result of",
    "stand_by": "send on standby",
    "take_standby": "answer the standby of",
    "end_standby": "call off the standby of",
    "decline_move": "decline to move",
    "state": "change the state of",
    "sum_up": "sum up",
    "take_command": "take command of",
    "track": "see the track of",
    "withdraw_unit": "take a unit from",
    "write": "write into",
}
"""How an act is called in a sentence before its noun, where its own name would not do."""
_BY_ACT: dict[tuple[str, str], list[Rule]] = {}
for _rule in RULES:
    _BY_ACT.setdefault((_rule.noun, _rule.act), []).append(_rule)


def authorise(
    principal: Principal, noun: str, act: str, relations: Collection[str] = (), state: str | None = None
) -> None:
    """Pass silently, or raise NotAllowed (never) or NotNow (not in this state) with a sentence."""
    lines = _BY_ACT[(noun, act)]
    mine = [rule for rule in lines if rule.allows_someone(principal.roles, relations)]
    said = _SAID.get(act, act.replace("_", " "))
    if not mine:
        roles = ", ".join(sorted(principal.roles)) or "nobody"
        raise NotAllowed(
            f"A seat as {roles} may not {said} this {noun.replace('_', ' ')}; ask the room that owns it.",
            act=act,
        )
    if state is not None and not any(rule.states is None or state in rule.states for rule in mine):
        raise NotNow(
            f"This {noun.replace('_', ' ')} is {state}, and in that state you may not {said} it.",
            act=act,
            state=state,
        )


def may(
    principal: Principal, noun: str, act: str, relations: Collection[str] = (), state: str | None = None
) -> bool:
    """Whether `authorise` would pass."""
    try:
        authorise(principal, noun, act, relations, state)
    except (NotAllowed, NotNow):
        return False
    return True
