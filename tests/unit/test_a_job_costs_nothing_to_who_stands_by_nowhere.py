"""Promise: an order looks once more only at a unit that stands by elsewhere; to all others the end of standbys costs no query."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import msgspec
import pytest

from dispatch.desk import called_away
from dispatch.work import Work
from units.model import Duty, Standby, StandbyState, Unit

NOW = datetime(2026, 6, 1, 3, 0, tzinfo=UTC)
ROOM = uuid4()
UNIT = Unit(
    id=uuid4(), handle=1, call_sign="118", kind="car", unit_class="regular", room_id=ROOM, duty=Duty.AVAILABLE, version=1
)  # fmt: skip


class Ending:
    """What an act would still do before it ends."""

    def __init__(self) -> None:
        self.last: dict[tuple[str, UUID], Any] = {}

    def at_end(self, key: tuple[str, UUID], duty: Any) -> None:
        self.last[key] = duty


def asked(state: StandbyState) -> Unit:
    standby = Standby(
        id=uuid4(), post_id=uuid4(), name="南门", lon=114.0, lat=22.5, room_id=ROOM, state=state, sent_at=NOW,
        until=NOW + timedelta(minutes=45),
    )  # fmt: skip
    return msgspec.structs.replace(UNIT, standby=standby)


@pytest.mark.parametrize(
    ("unit", "looks"),
    [(UNIT, 0), (asked("over"), 0), (asked("sent"), 1), (asked("accepted"), 1), (asked("there"), 1)],
)
def test_only_a_standby_that_counts_is_looked_at_again(unit: Unit, looks: int) -> None:
    w = Ending()
    called_away.by_a_job(cast(Work, w), unit)
    called_away.by_a_job(cast(Work, w), unit)
    assert len(w.last) == looks
