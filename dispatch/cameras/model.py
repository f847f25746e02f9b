"""A named camera as an administrator entered it, and its watch: the patrols that look through it, the last look, what is wrong with it.

Frozen values with exactly the columns of their tables.
"""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

How = Literal["taken", "assigned", "beat", "handed_over"]
"""Why a patrol watches it: it took it, its room said so, it logged on to the camera's beat, another patrol handed it over."""
Why = Literal["left", "taken_away", "beat", "handed_over", "logged_off"]
"""Why it watches it no longer: it gave it up, its room said so, it left the beat, it handed it over, it logged off."""
Fault = Literal["no_picture", "blurred", "turned", "blocked", "dark", "other"]
"""What is wrong with a camera; a word of a list, so that no fact holds free text."""

FROM_CAMERA = "camera"
"""Source of a place that was seen through a camera; its code is the camera's."""
LOOK_EVERY = {1: timedelta(minutes=15), 2: timedelta(minutes=30), 3: timedelta(minutes=60)}
"""By priority: how long after a look the next one is due where the camera does not say."""


class Camera(msgspec.Struct, frozen=True, kw_only=True):
    """A named camera. link: address in the agency's own viewer; priority: 1 is watched first.

    beat: code of the beat whose video patrol watches it; look_every_min: None: as its priority says.
    """

    id: UUID
    code: str
    name: str
    lon: float
    lat: float
    address: str | None = None
    link: str | None = None
    priority: int = 2
    look_every_min: int | None = None
    beat: str | None = None
    version: int = 1

    @property
    def every(self) -> timedelta:
        """How long after a look the next one is due."""
        if self.look_every_min is not None:
            return timedelta(minutes=self.look_every_min)
        return LOOK_EVERY[self.priority]


class Watcher(msgspec.Struct, frozen=True):
    """A video patrol that watches a camera, since when and why."""

    unit_id: UUID
    since: datetime
    how: How


class CameraWatch(msgspec.Struct, frozen=True, kw_only=True):
    """The watch of one camera, under the camera's id. looked_by: the patrol that looked last.

    fault: what is wrong, since when and told by which patrol; unwatched_since: the last patrol left it then.
    """

    id: UUID
    watchers: tuple[Watcher, ...] = ()
    unwatched_since: datetime | None = None
    looked_at: datetime | None = None
    looked_by: UUID | None = None
    fault: Fault | None = None
    fault_since: datetime | None = None
    fault_by: UUID | None = None
    version: int = 0

    def watcher(self, unit_id: UUID) -> Watcher | None:
        """This patrol, if it watches it."""
        return next((one for one in self.watchers if one.unit_id == unit_id), None)

    def due_at(self, every: timedelta) -> datetime | None:
        """When the next look is due; None while nobody watches it, or it is out of order. Who begins to watch looks once at once."""
        if not self.watchers or self.fault is not None:
            return None
        since = min(one.since for one in self.watchers)
        return since if self.looked_at is None or self.looked_at < since else self.looked_at + every
