"""Rows of the newest incidents around a place: whatever opens, is reported again or ends, they tell what sorting would."""

from random import Random
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from geo import cells
from incidents.likeness import OpenIncident
from incidents.vicinity import CELL_RES, RINGS, ROW_ENTRIES, Entry, Vicinity

MOST = 50
SQUARE = (114.05, 22.54)


class Quarter:
    """A vicinity beside a plain list of what is in it."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.vicinity = Vicinity()
        self.entries: list[Entry] = []
        self.serial = 0

    def somewhere(self) -> int:
        lon, lat = (middle + self.chance.uniform(-0.03, 0.03) for middle in SQUARE)
        return cells.cell15(lon, lat)

    def open(self, at_ms: int) -> None:
        self.serial += 1
        incident = OpenIncident(
            id=UUID(int=self.serial),
            number="n",
            opened_ms=at_ms,
            last_alarm_ms=at_ms,
            cell15=self.somewhere(),
        )
        self.put(incident)

    def put(self, incident: OpenIncident) -> None:
        self.serial += 1
        assert incident.cell15 is not None
        self.entries.append(Entry(incident, self.serial))
        self.vicinity.place(self.entries[-1], incident.cell15)

    def take_one(self) -> OpenIncident:
        entry = self.entries.pop(self.chance.randrange(len(self.entries)))
        assert entry.incident.cell15 is not None
        self.vicinity.lift(entry, entry.incident.cell15)
        return entry.incident

    def sorted_newest(self, cell15: int, oldest_ms: int) -> list[OpenIncident]:
        disk = set(cells.disk(cells.parent(cell15, CELL_RES), RINGS))
        near = [
            entry
            for entry in self.entries
            if cells.parent(entry.incident.cell15 or 0, CELL_RES) in disk and entry.order[0] >= oldest_ms
        ]
        return [e.incident for e in sorted(near, key=lambda e: e.order, reverse=True)][:MOST]


@settings(max_examples=25)
@given(st.integers(0, 2**32), st.floats(0.0, 0.6), st.floats(0.0, 0.4))
def test_a_row_tells_what_sorting_would(seed: int, ending: float, again: float) -> None:
    quarter = Quarter(seed)
    for now in range(3 * ROW_ENTRIES):
        turn = quarter.chance.random()
        if quarter.entries and turn < ending:
            quarter.take_one()
        elif quarter.entries and turn < ending + again:
            incident = quarter.take_one()
            incident.last_alarm_ms = quarter.chance.choice([now, incident.last_alarm_ms])
            quarter.put(incident)
        else:
            quarter.open(now - quarter.chance.choice([0, 0, 0, 40]))
        if now % 7 == 0:
            cell15, oldest_ms = quarter.somewhere(), now - quarter.chance.choice([20, 10_000])
            assert quarter.vicinity.newest(cell15, oldest_ms, MOST) == quarter.sorted_newest(
                cell15, oldest_ms
            )


def test_when_all_of_a_crowd_but_the_oldest_has_ended_the_oldest_is_found() -> None:
    quarter = Quarter(7)
    spot = cells.cell15(*SQUARE)
    for at in range(5 * ROW_ENTRIES):
        incident = OpenIncident(id=UUID(int=at), number="n", opened_ms=at, last_alarm_ms=at, cell15=spot)
        quarter.put(incident)
    assert len(quarter.vicinity.newest(spot, 0, MOST)) == MOST
    for entry in quarter.entries[1:]:
        quarter.vicinity.lift(entry, spot)
    assert [one.last_alarm_ms for one in quarter.vicinity.newest(spot, 0, MOST)] == [0]
