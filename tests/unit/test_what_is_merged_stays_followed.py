"""Promise: who was told of an incident, follows or commands it from above goes on doing so for the one it is merged into."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from dispatch.desk.joining import highest_command
from incidents import commands as c
from incidents import events as e
from incidents.lifecycle import decide, evolve
from incidents.model import Incident, Raised

STATION, DISTRICT, CITY, PROVINCE = (UUID(int=n) for n in range(1, 5))
ABOVE = [DISTRICT, CITY, PROVINCE]


def opened(commanded_by: UUID = STATION, *raised: Raised) -> Incident:
    fact = e.Opened(
        number="1", type_reported=None, priority=3, lon=None, lat=None, place=None, cell15=None, room_id=STATION,
        times={"entered": 1}, opened_at=datetime(2026, 11, 30, tzinfo=UTC), alarm_id=UUID(int=9),
    )  # fmt: skip
    incident = evolve(None, UUID(int=110), fact)
    for one in raised:
        incident = evolve(incident, incident.id, e.RaisedTo(raised=one))
    return evolve(incident, incident.id, e.CommandTaken(room_id=commanded_by, at=2))


def absorbed(incident: Incident, *raised: Raised, commanded_by: UUID | None = None) -> Incident:
    for fact in decide(incident, c.Absorb((), raised=raised, commanded_by=commanded_by, at=9)):
        incident = evolve(incident, incident.id, fact)
    return incident


def entry(room: UUID, mode: Any, at: int, **more: Any) -> Raised:
    return Raised(room, mode, at, **more)


def test_the_higher_command_goes_on() -> None:
    for survivor, ending, goes_on in (
        (STATION, CITY, CITY),
        (DISTRICT, CITY, CITY),
        (CITY, DISTRICT, None),
        (CITY, CITY, None),
        (STATION, STATION, None),
        (DISTRICT, UUID(int=77), None),
    ):
        assert highest_command(ABOVE, opened(survivor), opened(ending)) == goes_on, (survivor, ending)


def test_raised_twice_the_further_reaching_way_counts_and_whoever_noticed_it() -> None:
    survivor = opened(STATION, entry(CITY, "monitor", 5))
    noticed = entry(CITY, "share", 3, owner="user:a", noticed_at=4, checked_at=6)
    assert absorbed(survivor, noticed).raised == (noticed,)
    assert (
        absorbed(opened(STATION, noticed), entry(CITY, "monitor", 5)).version
        == opened(STATION, noticed).version + 1
    )


def test_a_room_that_commands_no_longer_goes_on_watching() -> None:
    survivor = opened(CITY, entry(CITY, "take", 5))
    told = absorbed(survivor, entry(DISTRICT, "take", 3))
    assert (told.command_room_id, [(one.room_id, one.mode) for one in told.raised]) == (
        CITY, [(CITY, "take"), (DISTRICT, "monitor")],
    )  # fmt: skip
    told = absorbed(opened(), entry(DISTRICT, "take", 3), commanded_by=DISTRICT)
    assert (told.command_room_id, told.raised[0].mode) == (DISTRICT, "take")
