"""Promise: a fact whose time PostgreSQL calls infinite still gets its link, so that the relay goes on behind it."""

from datetime import datetime
from uuid import UUID

import pytest

from dispatch import journal
from dispatch.journal import FeedRow
from tests.harness.facts import NOON


def row(claimed_at: datetime | None) -> FeedRow:
    return FeedRow(
        seq=None, position=1, noun="incident", id=UUID(int=1), version=1, incident_id=None, fact="noted",
        who="device:panel.p7", via="gateway", why=None, claimed_at=claimed_at, recorded_at=NOON, body="{}",
    )  # fmt: skip


@pytest.mark.parametrize("infinite", [datetime.min, datetime.max])  # noqa: DTZ901  # as the driver gives them
def test_every_time_has_a_link_of_its_own(infinite: datetime) -> None:
    links = {journal.chain(journal.GENESIS, row(at)) for at in (infinite, None, NOON)}
    assert len(links) == 3
