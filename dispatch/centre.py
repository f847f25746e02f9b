"""What every act may lean on: the city's reference data, the seal for people's words, the live pictures, the zone.

Made once by the composition root; acts reach it as `w.centre`.
"""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from dispatch.beats.schedule import Schedules
from dispatch.broadcasts.lookouts import Lookouts
from dispatch.cities.beats import Beats
from dispatch.coverage.watch import CoverWatch
from dispatch.demand.model import Demand
from dispatch.driving import Ways
from dispatch.levels.board import Board
from dispatch.planned_events.commitments import NO_COMMITMENTS
from dispatch.plans.file import shipped
from dispatch.rooms import Reference
from dispatch.standing_facts.ground import Ground
from dispatch.standings import shipped_rules
from incidents.call_points.heard import Heard
from incidents.duplicates import OpenIncidents
from incidents.sealing import Seal
from units.doubts import Bounds
from units.live import LiveUnits
from units.model import Unit
from units.posts import Posts

SURROUNDINGS_DEG = 0.5  # a pursuit or an escort goes beyond the border, but not further


class Centre:
    """One replica's surroundings. `reference`, `rules` and `plans` are replaced whole; `live` and `open_incidents` follow the feed."""

    def __init__(
        self, reference: Reference, seal: Seal, live: LiveUnits, zone: ZoneInfo, order_expires_s: int = 600
    ) -> None:
        self.reference = reference
        self.seal = seal
        self.live = live
        self.units: dict[UUID, Unit] = {}
        self.handles: dict[int, UUID] = {}
        self.incident_rooms: dict[UUID, UUID] = {}
        self.nuisance: frozenset[bytes] = frozenset()  # digests of labelled numbers
        self.lookouts = Lookouts(seal)
        self.open_incidents = OpenIncidents(reference.types)
        self.posts = Posts(reference.positions, zone)
        self.schedules = Schedules(reference.schedules, zone)
        self.zone = zone
        self.heard = Heard()
        self.order_expires_s = order_expires_s
        self.rules = shipped_rules()
        self.plans = shipped()
        self.commitments = NO_COMMITMENTS  # of running events
        self.beats = Beats()  # of the city that is served
        self.ground = Ground()  # standing facts of places
        self.ways: Ways | None = None  # of a city whose roads are known
        self.network: str | None = None  # which roads those are
        self.demand: Demand | None = None  # where calls are expected; None: no ground to expect them on
        self.cover = CoverWatch()
        live.within(_surroundings(reference))

    def use(self, reference: Reference) -> None:
        """Work with new reference data from now on."""
        self.reference = reference
        self.open_incidents.use_tree(reference.types)
        self.posts = Posts(reference.positions, self.zone)
        self.schedules = Schedules(reference.schedules, self.zone)
        self.live.within(_surroundings(reference))

    def stand_at(self, board: Board) -> None:
        """Go by these duty levels from now on; older ones than are known change nothing."""
        if (
            board.number > self.reference.board.number
            or board.levels.version > self.reference.board.levels.version
        ):
            self.reference = msgspec.structs.replace(self.reference, board=board)

    def turn(self, now: datetime) -> None:
        """Let jurisdictions and road closures that were put in for this moment, or before it, take over."""
        if self.ways is not None:
            self.ways.turn(now)
        reference = self.reference.at(now)
        if reference is not self.reference:
            self.use(reference)

    @property
    def surroundings(self) -> Bounds | None:
        """Where units of this city may be; a fix beyond is doubted."""
        return _surroundings(self.reference)

    def local(self, at: datetime) -> datetime:
        """The time on the city's clock."""
        return at.astimezone(self.zone)


def _surroundings(reference: Reference) -> Bounds | None:
    """Where units of this city may be: its jurisdictions and SURROUNDINGS_DEG around; None without jurisdictions."""
    bounds = reference.areas.bounds()
    if bounds is None:
        return None
    west, south, east, north = bounds
    return (
        west - SURROUNDINGS_DEG,
        south - SURROUNDINGS_DEG,
        east + SURROUNDINGS_DEG,
        north + SURROUNDINGS_DEG,
    )
