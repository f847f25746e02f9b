"""The simulated seats of the demo: a door for each role, and the rule that a person's matter is left to that person.

Whatever somebody at the page has touched is theirs; the simulated people around keep their hands off it for a while.
"""

import asyncio
from datetime import datetime

from web.drive import Door

THEIRS_S = 900.0  # after a person's last act, at any speed

OPEN = "received,dispatched,accepted,en_route,on_scene,handled,fed_back,reviewed"


class Seats:
    """The doors by role; all acts of one demo's simulated people go through these."""

    def __init__(self, doors: dict[str, Door]) -> None:
        self.doors = doors
        self._us: frozenset[str] = frozenset()

    async def is_a_persons(self, incident_id: str) -> bool:
        """Whether somebody who is none of us has acted on this incident in the last quarter of an hour."""
        if not self._us:
            sessions = await asyncio.gather(*(door.get("/session") for door in self.doors.values()))
            self._us = frozenset(session["principal"] for session in sessions)
        rows = [row async for row in self.doors["leader"].each(f"/incidents/{incident_id}/timeline")]
        if not rows:
            return False
        moments = {row["position"]: datetime.fromisoformat(row["recorded_at"]) for row in rows}
        newest = max(moments.values())
        return any(
            row["via"] == "console"
            and row["who"] not in self._us
            and not row["who"].startswith("system")
            and (newest - moments[row["position"]]).total_seconds() < THEIRS_S
            for row in rows
        )


async def real_ones(door: Door) -> list[str]:
    """Numbers of open incidents that are no exercise."""
    return [one["number"] async for one in door.each("/incidents", state=OPEN) if not one["exercise"]]
