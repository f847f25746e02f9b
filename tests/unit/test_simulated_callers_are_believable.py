"""Simulated callers speak of types that exist, in order of time and by the hour; the same seed says the same."""

from collections import Counter
from collections.abc import Sequence
from itertools import islice, pairwise
from random import Random

import pytest

from geo.coordinates import distance_m
from geo.datums import Datum, to_wgs84
from incidents.scripts import city_rate, shipped_scripts
from incidents.simulator import OPENING, SILENT, Call, Callers, Press, SimulatedReport
from incidents.town import Spot
from incidents.types import shipped_tree


def somewhere(rng: Random, kinds: Sequence[str]) -> Spot:
    return Spot(114.0 + rng.random() / 10, 22.5 + rng.random() / 10, f"榕海大道{rng.randrange(1, 99)}号")


def reports(
    seed: int, count: int, per_hour: float = 60, hour: int = 12, *, opening: bool = False
) -> list[SimulatedReport]:
    callers = Callers(
        Random(seed), somewhere, ["CP1", "CP2"], per_hour, hour_at=lambda _: hour, opening=opening
    )
    return list(islice(callers.reports(), count))


def calls(said: list[SimulatedReport]) -> list[Call]:
    return [one for one in said if isinstance(one, Call)]


def test_every_script_is_about_a_type_of_the_shipped_tree() -> None:
    tree = shipped_tree()
    assert all(script.type in tree and script.weight > 0 and script.texts for script in shipped_scripts())
    assert {type_ for _, type_ in OPENING if type_} <= {script.type for script in shipped_scripts()}


def test_what_is_said_is_in_characters_or_in_english_and_names_the_place() -> None:
    for script in shipped_scripts():
        assert all(len(text) >= 4 for text in (*script.texts, *script.others))
        if script.at and script.type != SILENT:
            assert all("{address}" in text for text in script.others)


def test_reports_come_in_order_of_time() -> None:
    said = reports(1, 500)
    assert all(one.after_s <= other.after_s for one, other in pairwise(said))


def test_the_same_seed_gives_the_same_night() -> None:
    assert reports(5, 100) == reports(5, 100)
    assert reports(5, 100) != reports(6, 100)


def test_the_rate_follows_the_hour_and_never_stops() -> None:
    noon, night = reports(3, 3_000, 120, hour=12), reports(3, 3_000, 120, hour=3)
    rates = [len(said) / said[-1].after_s for said in (noon, night)]
    assert rates[1] / rates[0] == pytest.approx(city_rate(3) / city_rate(12), rel=0.15)
    assert all(city_rate(hour) > 0.3 for hour in range(24))


def test_by_night_they_drink_and_by_day_they_lose_things() -> None:
    noon, night = (Counter(c.type for c in calls(reports(8, 4_000, hour=hour))) for hour in (12, 23))
    assert night["200430"] > 2 * noon["200430"]
    assert noon["500200"] > 2 * night["500200"]


def test_the_first_minute_shows_what_there_is() -> None:
    said = [one for one in reports(9, 60, opening=True) if one.after_s <= 60]
    assert len({one.type for one in calls(said) if one.type}) >= 5
    assert any(isinstance(one, Press) for one in said)
    assert said[0].after_s == 0.0


def test_several_people_tell_of_one_happening_in_their_own_words() -> None:
    said = calls(reports(4, 3_000))
    fires = [one for one in said if one.type == "400111"]
    by_place = Counter(one.spot.address for one in fires)
    place, times = by_place.most_common(1)[0]
    assert times >= 2
    assert len({one.text for one in fires if one.spot.address == place}) >= 2


def test_sources_datums_silence_nuisance_and_places_unknown_or_wrong_all_occur() -> None:
    said = calls(reports(4, 4_000, hour=22))
    assert {one.source for one in said} == {"call", "app", "sms", "self_service"}
    assert {one.datum for one in said if one.source == "app"} == {Datum.GCJ02, Datum.BD09, Datum.WGS84}
    assert all(one.datum is Datum.WGS84 for one in said if one.source != "app")
    assert any(one.type == SILENT and one.text.startswith("（") for one in said)
    assert any(one.lon is None for one in said)
    assert any(one.wrong for one in said)
    assert any(one.confidential for one in said)
    assert any(one.language == "en" for one in calls(reports(4, 4_000, hour=18)))
    assert not any("{" in one.text for one in said)
    nuisance = Counter(one.number for one in said if one.type == "999910")
    assert max(nuisance.values()) > 3


def test_a_position_named_in_a_datum_is_the_place_in_that_datum_unless_it_is_the_masts() -> None:
    for one in calls(reports(6, 2_000)):
        if one.lon is None or one.lat is None:
            continue
        off_m = distance_m(*to_wgs84(one.lon, one.lat, one.datum), one.spot.lon, one.spot.lat)
        assert (600 < off_m < 2_300 and one.accuracy_m >= 1_000) if one.wrong else off_m < 1
