"""Whether a unit is at its post is worked out from the city's clock: at night, over weekends, when clocks are put forward."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from units.posts import FixedPosition, Posts, Turn

CITY = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
UNIT, OTHER = UUID(int=1), UUID(int=2)
SCHOOL_DAYS = (1, 2, 3, 4, 5)


def position(number: int, *turns: Turn) -> FixedPosition:
    return FixedPosition(
        id=UUID(int=number), code=f"G-{number}", name="实验小学", lon=114.02, lat=22.54, turns=turns
    )


def turn(starts: str, ends: str, days: tuple[int, ...] = SCHOOL_DAYS, unit: UUID = UNIT) -> Turn:
    return Turn(unit_id=unit, days=days, starts=starts, ends=ends)


def at(zone: ZoneInfo, *moment: int) -> datetime:
    return datetime(*moment, tzinfo=zone).astimezone(UTC)  # type: ignore[arg-type,misc]


def test_a_school_crossing_is_held_on_school_days_from_minute_to_minute() -> None:
    posts = Posts([position(1, turn("07:10", "08:15"), turn("16:00", "17:00"))], CITY)
    monday = at(CITY, 2026, 11, 23, 7, 10)
    held = posts.of(UNIT, monday)
    assert held is not None
    assert (held.position.code, held.until) == ("G-1", at(CITY, 2026, 11, 23, 8, 15))
    assert posts.of(UNIT, monday - timedelta(milliseconds=1)) is None
    assert posts.of(UNIT, at(CITY, 2026, 11, 23, 8, 15)) is None
    assert posts.of(UNIT, at(CITY, 2026, 11, 22, 7, 30)) is None, "it is Sunday in the city"
    assert posts.of(OTHER, monday) is None


def test_a_turn_past_midnight_belongs_to_the_day_it_began() -> None:
    posts = Posts([position(1, turn("22:00", "02:00", days=(6,)))], CITY)
    assert posts.of(UNIT, at(CITY, 2026, 11, 29, 1, 59)) is not None, "Saturday's turn on Sunday morning"
    assert posts.of(UNIT, at(CITY, 2026, 11, 28, 1, 59)) is None
    assert posts.of(UNIT, at(CITY, 2026, 11, 29, 22, 30)) is None


def test_of_two_turns_at_once_the_longer_counts() -> None:
    posts = Posts([position(1, turn("07:00", "08:00")), position(2, turn("07:30", "09:00"))], CITY)
    held = posts.of(UNIT, at(CITY, 2026, 11, 23, 7, 45))
    assert held is not None
    assert held.position.code == "G-2"


def test_clocks_put_forward_shorten_the_night_and_nothing_else() -> None:
    posts = Posts([position(1, turn("01:30", "03:30", days=(7,)))], BERLIN)
    begins, ends = at(BERLIN, 2026, 3, 29, 1, 30), at(BERLIN, 2026, 3, 29, 3, 30)
    assert ends - begins == timedelta(hours=1)
    assert posts.of(UNIT, ends - timedelta(seconds=1)) is not None
    assert posts.of(UNIT, ends) is None


CLOCK = st.times(min_value=time(0), max_value=time(23, 59)).map(lambda t: f"{t:%H:%M}")
TURNS = st.builds(
    turn, CLOCK, CLOCK, st.sets(st.integers(1, 7), min_size=1).map(lambda days: tuple(sorted(days)))
)


@given(st.lists(TURNS, min_size=1, max_size=4), st.integers(0, 14 * 24 * 60))
def test_a_post_is_what_a_list_of_all_its_hours_says(turns: list[Turn], minute: int) -> None:
    now = at(CITY, 2026, 11, 16) + timedelta(minutes=minute)
    hours = []
    for day in (date(2026, 11, 15) + timedelta(days=n) for n in range(17)):
        for one in turns:
            if day.isoweekday() in one.days:
                begun = datetime.combine(day, time.fromisoformat(one.starts), CITY)
                over = datetime.combine(day, time.fromisoformat(one.ends), CITY)
                hours.append((begun, over if over > begun else over + timedelta(days=1)))
    wanted = max((over for begun, over in hours if begun <= now < over), default=None)
    held = Posts([position(1, *turns)], CITY).of(UNIT, now)
    assert (held.until if held else None) == wanted
