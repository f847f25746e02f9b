"""What a seeded city knows of its places before the first call: a handful of invented standing facts for each station.

The same city gives the same ones; every text says that it is made up.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from dispatch.desk.keeping_facts import Writing
from dispatch.standing_facts.model import Kind
from geo.gazetteer import PLACE, Entry

type Owner = Callable[[float, float], UUID]
WHY = "合成数据，演示用 synthetic, for show"
_DAY = timedelta(days=1)
# Kind, words in a name that suit it, what is said. The first that no other fact has taken is chosen.
_WANTED: tuple[tuple[Kind, tuple[str, ...], str], ...] = (
    ("school", ("小学", "中学", "幼儿园", "chool"), "学生1200人，放学16:30，东门集结 1,200 pupils, out at 16:30, meet at the east gate"),
    ("hazmat", ("加油站", "厂", "工业", "uel"), "地下储罐，禁用明火和电台发射 Tanks below ground: no flames, no radio keyed inside"),
    ("dog", ("村", "小区", "苑", "花园"), "院内两只大型犬，先喊门 Two large dogs in the yard: call before entering"),
    ("access", ("小区", "苑", "大厦", "中心"), "消防通道走北门，门禁联系值班室 Use the north gate; the guard room opens"),
    ("violence", ("小区", "苑", "花园", "村"), "住户曾持械威胁民警，两组以上同去 An occupant threatened officers with a knife: go with two units"),
    ("hydrant", (), "DN150，压力正常 DN150, pressure is good"),
)  # fmt: skip


def known_places(places: Sequence[Entry], owner: Owner, now: datetime) -> list[Writing]:
    """Standing facts of a city, station by station: one of each kind where a place suits it."""
    found: list[Writing] = []
    for of_room in _by_room(places, owner).values():
        taken: set[str] = set()
        for kind, words, text in _WANTED:
            place = next((one for one in of_room if one.name not in taken and _suits(one, words)), None)
            if place is None:
                continue
            taken.add(place.name)
            found.append(_writing(kind, text, place, now + len(found) * _DAY))
    return found


def _by_room(places: Sequence[Entry], owner: Owner) -> Mapping[UUID, list[Entry]]:
    found: dict[UUID, list[Entry]] = defaultdict(list)
    for one in places:
        if one.kind == PLACE:
            found[owner(one.lon, one.lat)].append(one)
    return found


def _suits(place: Entry, words: Sequence[str]) -> bool:
    return not words or any(word in place.name for word in words)


def _writing(kind: Kind, text: str, place: Entry, late: datetime) -> Writing:
    """Those of persons end within the year and are looked at before, each at another time."""
    personal = kind == "violence"
    return Writing(
        kind=kind, text=text, why=WHY, lon=place.lon, lat=place.lat, radius_m=120.0 if kind == "school" else 40.0,
        address=place.name, until=late + 200 * _DAY if personal else None, review_at=late + 60 * _DAY if personal else None,
    )  # fmt: skip
