"""What is said to terminals: orders, updates, recalls, refusals, each numbered and written in the act's transaction.

The lease holder publishes them; a gateway drops what is expired or below the last number it has seen.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from dispatch import store
from dispatch.model import Assignment
from dispatch.talk.model import Prompt
from dispatch.talk.store import OnDuty
from dispatch.work import Work
from incidents import store as incident_store
from incidents.model import Incident
from units.model import Unit

PACE = timedelta(seconds=5)
ENDED_FOR = timedelta(hours=1)
"""So long a terminal out of reach may still be told that something holds no longer."""

Kind = Literal["order", "update", "recall", "refused", "message", "broadcast"]


class About(msgspec.Struct, frozen=True):
    """What a message to many is about; its words lie sealed and are opened when it is published."""

    prompt: Prompt
    id: UUID
    number: str
    narrative_id: UUID
    expires_at: datetime
    exercise: bool


async def say(
    w: Work,
    unit: Unit,
    kind: Kind,
    incident: Incident | None,
    assignment: Assignment | None = None,
    **more: Any,
) -> UUID | None:
    """Write one message to the unit's terminal; its order_id, or None for a unit without a gateway.

    `more` may hold answers (a reply_id), text, narrative_id (a sealed text opened when it is published), and prompt with
    about: of what a reply to it speaks. paced: nothing is lost if a later message is read instead, so that however often
    this is said, the terminal hears the newest of it and no more than one in PACE. gateway: another bearer than the usual.
    """
    gateway = more.pop("gateway", unit.gateway)
    if gateway is None:
        return None
    order_id: UUID = uuid7()
    narrative_id = more.pop("narrative_id", None)
    paced = more.pop("paced", False)
    expires_at = w.now + timedelta(seconds=w.centre.order_expires_s)
    body: dict[str, Any] = {
        "order_id": order_id,
        "assignment_id": assignment.id if assignment else None,
        "kind": kind,
        "expires_at": expires_at,
        "talk_group": unit.talk_group,
        **_of(incident),
        **more,
    }
    columns = (
        order_id, gateway, unit.handle, assignment.id if assignment else None, kind,
        msgspec.json.encode(body).decode(), narrative_id, expires_at, w.now, more.get("prompt"), more.get("about"),
    )  # fmt: skip
    if paced:
        return await store.add_paced_message(w.conn, columns, PACE)
    await store.add_radio_message(w.conn, columns)
    return order_id


async def say_to_all(w: Work, units: Sequence[OnDuty], prompt: Prompt, about: UUID, text: str) -> int:
    """Write one message to many terminals with one statement; to how many. `text` names nobody but units."""
    there = [unit for unit in units if unit.gateway is not None]
    expires_at = w.now + timedelta(seconds=w.centre.order_expires_s)
    kind: Kind = "message" if prompt == "roll_call" else "broadcast"
    order_ids: list[UUID] = [uuid7() for _ in there]
    bodies = [
        {
            "order_id": order_id, "assignment_id": None, "kind": kind, "expires_at": expires_at,
            "talk_group": unit.talk_group, "exercise": False, "text": text, "prompt": prompt, "about": about,
        }
        for order_id, unit in zip(order_ids, there, strict=True)
    ]  # fmt: skip
    await store.add_radio_messages(
        w.conn, [unit.gateway for unit in there], [unit.handle for unit in there], order_ids,
        [msgspec.json.encode(body).decode() for body in bodies], (kind, prompt, about, expires_at, w.now, None),
    )  # fmt: skip
    return len(there)


async def say_sealed(w: Work, units: Sequence[OnDuty], about: About, priority: int) -> None:
    """Write one message to many terminals with one statement, its words sealed."""
    there = [unit for unit in units if unit.gateway is not None]
    if not there:
        return
    order_ids: list[UUID] = [uuid7() for _ in there]
    bodies = [
        {
            "order_id": order_id, "assignment_id": None, "kind": "broadcast", "expires_at": about.expires_at,
            "talk_group": unit.talk_group, "exercise": about.exercise, "number": about.number, "priority": priority,
            "prompt": about.prompt, "about": about.id,
        }
        for order_id, unit in zip(order_ids, there, strict=True)
    ]  # fmt: skip
    same = ("broadcast", about.prompt, about.id, about.expires_at, w.now, about.narrative_id)
    await store.add_radio_messages(
        w.conn, [unit.gateway for unit in there], [unit.handle for unit in there], order_ids,
        [msgspec.json.encode(body).decode() for body in bodies], same,
    )  # fmt: skip


async def first_text(w: Work, incident_ids: Iterable[UUID]) -> UUID | None:
    """The sealed text of the earliest alarm that has one."""
    alarms = await incident_store.alarms_of(w.conn, incident_ids)
    return next((alarm.narrative_id for alarm in alarms if alarm.narrative_id), None)


def _of(incident: Incident | None) -> dict[str, Any]:
    if incident is None:
        return {"exercise": False}
    type_ = incident.type_verified or incident.type_reported
    return {
        "number": incident.number,
        "priority": incident.priority,
        "type": type_,
        "lon": incident.lon,
        "lat": incident.lat,
        "address": incident.place.address if incident.place else None,
        "exercise": incident.exercise,
        **_pressed(incident),
    }


def _pressed(incident: Incident) -> dict[str, Any]:
    """How often its call point was pressed, and when last (ms since 1970, UTC)."""
    return (
        {} if incident.press is None else {"presses": incident.press.count, "pressed_at": incident.press.at}
    )
