"""Timers under test: the engine run by hand, what stands, what has fired, and what should stand by a fold from scratch."""

from collections import Counter
from uuid import UUID

import msgspec

from dispatch import places, standings, timers
from dispatch.after_action.model import AfterActionReview, ReviewAction
from dispatch.conditions import Ground
from dispatch.journal import Connection
from dispatch.rules import FOLLOWING, Rules, Standing, timers_for
from dispatch.runtime.timekeeper import Timekeeper
from dispatch.standings import shipped_rules
from tests.harness.town import Town
from tests.harness.wandering import see

STANDING = (
    "SELECT key, kind, rule, entity_id, armed_at, due_at, fired_at FROM timer WHERE noun = ANY($1::text[])"
)
ENDED_WITH_TIMERS = """
SELECT i.number, i.state, t.key FROM incident i JOIN timer t ON t.incident_id = i.id
WHERE i.state IN ('closed', 'void', 'advised', 'transferred') AND NOT t.kind = ANY($1::text[])
    AND t.noun <> 'emergency'
"""
REVIEWS = "SELECT to_jsonb(r)::text FROM after_action_review r"
ACTIONS = "SELECT to_jsonb(a)::text FROM review_action a"
WATCHED = [
    "incident",
    "assignment",
    "supervision",
    "agency_request",
    "dispute",
    "after_action_review",
    "review_action",
]
FIRINGS = """
SELECT body->>'rule', body->>'entity_id', body->>'armed_at' FROM journal WHERE fact = 'rule_fired' ORDER BY position
"""

UPWARD = frozenset(
    rule.id
    for rule in shipped_rules().rules
    if (rule.to is not None or rule.effect in ("next_wave", "chase")) and rule.id != "raised_unnoticed"
)
"""Rules that reach further than the desk which works on it; tests of the first steps look past them."""


def keeper_of(town: Town) -> Timekeeper:
    """An engine that runs only when it is told to."""
    return Timekeeper(town.pool, town.centre, lambda: None)


async def all_due(*keepers: Timekeeper) -> None:
    """Let engines do what is due, until nothing is."""
    for keeper in keepers:
        while await keeper.fire_due():
            pass


async def rules_of(town: Town, fired: bool, upward: bool = False) -> set[str]:
    """The rules whose timers stand; upward: also those that speak to rooms above, chase or send the next wave."""
    async with town.pool.acquire() as conn:
        rows = await conn.fetch(
            "SELECT rule FROM timer WHERE (fired_at IS NOT NULL) = $1 AND rule <> 'rules'", fired
        )
    return {row[0] for row in rows} - (set() if upward else UPWARD)


async def firings(town: Town, upward: bool = False) -> list[str]:
    """The rules that have fired, in order; upward as in `rules_of`."""
    async with town.pool.acquire() as conn:
        rules = [row[0] for row in await conn.fetch(FIRINGS)]
    return [rule for rule in rules if upward or rule not in UPWARD]


async def wanted_from_scratch(conn: Connection) -> set[str]:
    """The keys that the rows of incidents, orders, demands and requests ask for, by the newest rules."""
    rules = await timers.read_rules(conn)
    world, ground = await see(conn), await places.load(conn)
    keys = set()
    for i in world.incidents.values():
        survivor = world.incidents[i.merged_into or i.id]
        of_it = [
            standings.assignment(a, survivor) for a in world.assignments.values() if a.incident_id == i.id
        ]
        asked = [
            standings.agency_request(r, survivor) for r in world.requests.values() if r.incident_id == i.id
        ]
        asked += [standings.dispute(d, survivor) for d in world.disputes.values() if d.incident_id == i.id]
        for one in [standings.incident(i, world.orders(survivor.id)), *of_it, *asked]:
            keys |= _keys(one, rules, ground)
    for order in world.demands.values():
        keys |= _keys(standings.supervision(order), rules, ground)
    for review in (
        msgspec.json.decode(text, type=AfterActionReview) for (text,) in await conn.fetch(REVIEWS)
    ):
        keys |= _keys(standings.after_action_review(review), rules, ground)
    for action in (msgspec.json.decode(text, type=ReviewAction) for (text,) in await conn.fetch(ACTIONS)):
        keys |= _keys(standings.review_action(action), rules, ground)
    return keys


def _keys(standing: Standing, rules: Rules, ground: Ground) -> set[str]:
    return {wanted.key for wanted in timers_for(standing, rules, None, ground)}


async def check_timers(conn: Connection) -> None:
    """Raise AssertionError naming the timer that stands and should not, or should and does not."""
    rows = await conn.fetch(STANDING, WATCHED)
    to_look_at: set[UUID] = {row["entity_id"] for row in rows if row["kind"] in FOLLOWING}
    standing = {row["key"] for row in rows if row["kind"] not in FOLLOWING}
    wanted = await wanted_from_scratch(conn)
    unseen = {key for key in wanted - standing if UUID(key.split(":")[1]) in to_look_at}
    assert standing == wanted - unseen, f"too many {standing - wanted}, missing {wanted - unseen - standing}"
    left = await conn.fetch(ENDED_WITH_TIMERS, list(FOLLOWING))
    assert not left, f"an ended incident is waited for: {left[0]}"
    twice = [one for one, times in Counter(map(tuple, await conn.fetch(FIRINGS))).items() if times > 1]
    assert not twice, f"fired twice: {twice[0]}"
