"""The straight way of an alarm: reports that each open an incident of their own, written by one statement.

Nearly every alarm that comes in goes this way: the database is asked for the time and for numbers, then given everything at
once, keys included, so that a batch costs two round trips. What may join something goes by `intake.report_many`.
"""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
import msgspec

from dispatch import store
from dispatch.acts import authorise
from dispatch.centre import Centre
from dispatch.desk import intake
from dispatch.desk.intake import Refusal, Reported
from dispatch.desk.reports import Report
from dispatch.errors import DispatchError
from dispatch.journal import Connection
from dispatch.work import Actor, Work
from incidents.errors import IncidentError
from incidents.model import Incident


def opens_for_sure(report: Report) -> bool:
    """Whether nothing but its key can keep it from opening an incident: no press, no call, no draft, nothing to attach to."""
    command = report.command
    return (
        report.call_point is None
        and command.call_id is None
        and command.attach_to is None
        and command.draft_id is None
        and report.scope is not None
        and not report.found
    )


async def open_many(
    conn: Connection, centre: Centre, actor: Actor, reports: Sequence[Report]
) -> tuple[datetime, list[Reported | Refusal]] | None:
    """Write reports that open for sure; when it was, and for each what was made or why it was refused.

    None, and nothing is written: one of the keys was used before, or it is the first of a new day; then take the long way.
    Call it outside a transaction.
    """
    scopes = [report.scope for report in reports if report.scope is not None]
    begun = await store.begin_reports(conn, scopes, centre.zone.key)
    if begun is None:
        return None
    w = Work(conn, begun.now, actor, centre)
    outcomes: list[Reported | Refusal] = []
    for report, place in zip(reports, begun.places, strict=True):
        w.actor = report.actor
        try:
            authorise(report.actor.principal, "alarm", "report")
            outcomes.append(intake.opened(w, report, f"J{begun.day:%y%m%d}-{place:04d}"))
        except (DispatchError, IncidentError) as refusal:
            outcomes.append(refusal)
    made = [(r, o) for r, o in zip(reports, outcomes, strict=True) if isinstance(o, Reported)]
    as_opened: list[Incident] = [o.opened for _, o in made if o.opened is not None]
    salts = {o.incident_id: centre.seal.new_salt() for r, o in made if r.caller or r.command.text}
    batch = msgspec.structs.replace(intake.batch(w, made, as_opened, salts), keys=_keys(made))
    try:
        await store.write_reports(conn, batch)
    except asyncpg.UniqueViolationError as error:
        if error.table_name != "idempotency":
            raise
        return None  # a twin in flight, or twice in this batch
    return begun.now, outcomes


def _keys(made: Sequence[tuple[Report, Reported]]) -> list[tuple[str, str, str, bytes, str]]:
    return [
        (*r.scope, r.actor.body_hash, msgspec.json.encode({"alarm": o.alarm.id}).decode())
        for r, o in made
        if r.scope is not None
    ]
