"""Words promise of run cards: whom each is for and who goes in which wave, in both languages, and what a file changes of it."""

import re

import msgspec

from dispatch.cards.file import Card, Wave, derived
from dispatch.conditions import When
from dispatch.levels.file import shipped
from dispatch.plans.file import Hours
from dispatch.rooms import Reference, Room, Rooms
from dispatch.rules import Phrase
from dispatch.saying.cards import line, sentence
from dispatch.saying.changes import card_changes
from dispatch.saying.rules import City
from geo.areas import Areas
from incidents.types import Seat, shipped_tree

TREE, LEVELS = shipped_tree(), shipped().levels
ROOM = Room(id=msgspec.UNSET, code="north", name_zh="北所", name_en="North", tier="station")  # type: ignore[arg-type]
CITY = City(Reference(Rooms([ROOM]), Areas([]), {}, {}, TREE), {})
HAN = re.compile(r"[\u4e00-\u9fff]")
NIGHT = Card(
    code="night", name=Phrase("夜间抢劫", "night robbery"), when=When(types=("100200",), labels=("firearm",)), response=(2,),
    duty=("level_1",), hours=Hours("22:00", "06:00"),
    waves=(
        Wave((Seat(2, ("car", "motorcycle"), ("firearms",)), Seat(1, ("foot",), (), 2))),
        Wave((Seat(1, ("drone",)),), "unaccepted"),
    ),
)  # fmt: skip


def test_everything_that_a_card_asks_is_in_its_sentence() -> None:
    said = sentence(NIGHT, CITY, LEVELS)
    assert said.zh == (
        "「夜间抢劫」类别为抢劫案及其下级，且标签含涉枪，且响应强度为2（二级勤务），且勤务等级为一级勤务，且每天 22:00 至 06:00："
        "即派2组警车或摩托车（持枪）、1组步巡（限1–2级）；无人签收加派1组无人机。"
    )
    assert said.en.startswith("“night robbery” for the types ")
    assert (
        "at once 2 × car or motorcycle with firearms, 1 × foot patrol (only P1–2); if nobody accepts 1 × drone."
        in said.en
    )


def test_every_card_of_the_tree_is_said_in_both_languages_and_no_sentence_names_all_of_forty_types() -> None:
    for card in derived(TREE).cards:
        said, shown = sentence(card, CITY, LEVELS), line(card, CITY, LEVELS)
        assert HAN.search(said.en) is None, said.en
        assert len(said.zh) < 260
        assert [wave.units for wave in shown.waves] == [
            sum(s.count for s in wave.seats) for wave in card.waves
        ]
        assert len(shown.types) == len(card.when.types)


def test_of_many_types_those_that_came_or_went_are_named() -> None:
    before = next(card for card in derived(TREE).cards if len(card.when.types) > 20)
    gone = before.when.types[-1]
    after = msgspec.structs.replace(
        before, when=msgspec.structs.replace(before.when, types=before.when.types[:-1])
    )
    [change] = card_changes([before, NIGHT], [after, NIGHT], CITY, LEVELS)
    assert change.before is not None
    assert change.after is not None
    name = TREE.get(gone).name_zh
    assert (change.fields, name in change.before.zh, name in change.after.zh) == (("when",), True, False)
