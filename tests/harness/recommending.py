"""A recommendation in one act, for tests that ask the desk itself: what the page does in two, with the search between them."""

from uuid import UUID

from dispatch.desk import ordering
from dispatch.desk.ordering import Recommendation
from dispatch.work import Work


async def recommend(w: Work, incident_id: UUID, units: int | None = None, waves: int = 2) -> Recommendation:
    """Ask, search, keep."""
    asking = await ordering.ask(w, incident_id, units, waves)
    return await ordering.keep(w, asking, *await ordering.answered(w.centre, asking))
