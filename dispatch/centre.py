"""What every act may lean on: the city's reference data, the seal for people's words, the live pictures, the zone.

Made once by the composition root; acts reach it as `w.centre`.
"""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from dispatch.rooms import Reference
from incidents.duplicates import OpenIncidents
from incidents.sealing import Seal
from units.live import LiveUnits
from units.model import Unit


class Centre:
    """One replica's surroundings. `reference` is replaced whole; `live` and `open_incidents` follow the feed."""

    def __init__(
        self, reference: Reference, seal: Seal, live: LiveUnits, zone: ZoneInfo, order_expires_s: int = 600
    ) -> None:
        self.reference = reference
        self.seal = seal
        self.live = live
        self.units: dict[UUID, Unit] = {}
        self.handles: dict[int, UUID] = {}
        self.incident_rooms: dict[UUID, UUID] = {}
        self.open_incidents = OpenIncidents(reference.types)
        self.zone = zone
        self.order_expires_s = order_expires_s

    def use(self, reference: Reference) -> None:
        """Work with new reference data from now on."""
        self.reference = reference
        self.open_incidents.use_tree(reference.types)

    def local(self, at: datetime) -> datetime:
        """The time on the city's clock."""
        return at.astimezone(self.zone)
