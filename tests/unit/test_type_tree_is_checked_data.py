"""The type tree is data: the shipped one keeps the 110 codes, any other is refused with every fault named."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from incidents.errors import UnknownType
from incidents.type_file import TypeTreeRefused
from incidents.types import TypeTree, load_tree, shipped_file, shipped_tree

SAN_FRANCISCO = """Medical Incident|Alarms|Structure Fire|Traffic Collision|Other|Outside Fire|Electrical Hazard
Citizen Assist / Service Call|Water Rescue|Elevator / Escalator Rescue|Gas Leak (Natural and LP Gases)|Vehicle Fire
Confined Space / Structure Collapse|Odor (Strange / Unknown)|Industrial Accidents|Fuel Spill|HazMat
Smoke Investigation (Outside)""".replace("\n", "|")

type Tree = dict[str, Any]


def small_tree() -> Tree:
    """Fire over building fire over high-rise fire, and nothing else."""
    return {
        "version": 7,
        "name": {"zh": "小", "en": "small"},
        "kinds": {"car": {"zh": "警车", "en": "car"}},
        "skills": {"firearms": {"zh": "持枪", "en": "firearms", "armed": True}},
        "labels": {"trapped": {"zh": "被困", "en": "trapped"}},
        "results": {"handled": {"zh": "已处置", "en": "handled"}, "out": {"zh": "已扑灭", "en": "out"}},
        "result_lists": {"fire": ["handled", "out"]},
        "closures": {
            "fire": {"call_back": False, "final_feedback": True, "people": False, "review": "rule"}
        },
        "run_cards": {
            "one": {"1": [{"count": 1, "kinds": ["car"]}], "3": [{"count": 3, "kinds": ["car"]}]},
            "armed": {"1": [{"count": 1, "kinds": ["car"], "skills": ["firearms"]}]},
        },
        "questions": {
            "trapped": {
                "zh": "有人被困？",
                "en": "Trapped?",
                "answers": [
                    {"code": "yes", "key": "y", "zh": "是", "en": "yes", "priority": 1, "label": "trapped"},
                    {"code": "no", "key": "n", "zh": "否", "en": "no"},
                ],
            }
        },
        "types": [
            {"code": "F", "parent": None, "level": 1, "zh": "火", "en": "Fire", "priority": 2, "alike": ["blaze"],
             "questions": ["trapped"], "run_card": "one", "results": "fire", "closure": "fire", "sensitive": False,
             "auxiliary": True, "spread_m": 250},
            {"code": "F1", "parent": "F", "level": 2, "zh": "楼火", "en": "Building fire", "priority": 1},
            {"code": "F11", "parent": "F1", "level": 3, "zh": "高楼火", "en": "High-rise fire", "sensitive": True,
             "questions": [], "alike": []},
        ],
    }  # fmt: skip


def load(tree: Tree) -> TypeTree:
    return load_tree(json.dumps(tree, ensure_ascii=False).encode())


def problems(tree: Tree) -> list[str]:
    with pytest.raises(TypeTreeRefused) as refused:
        load(tree)
    return refused.value.problems


def test_what_a_type_leaves_out_comes_from_the_nearest_ancestor_that_says_it() -> None:
    tree = load(small_tree())
    high_rise = tree.get("F11")
    assert (high_rise.priority, high_rise.spread_m, high_rise.sensitive) == (1, 250, True)
    assert high_rise.questions == ()
    assert high_rise.alike == frozenset()
    assert tree.get("F1").questions[0].key == "trapped"
    assert tree.get("F1").alike == {"blaze"}
    assert not tree.get("F1").sensitive
    assert [result.code for result in high_rise.results] == ["handled", "out"]


def test_a_tree_answers_what_lies_above_and_below() -> None:
    tree = load(small_tree())
    assert [kind.code for kind in tree.ancestors("F11")] == ["F1", "F"]
    assert [kind.code for kind in tree.children("F1")] == ["F11"]
    assert [kind.code for kind in tree.children()] == ["F"]
    assert tree.is_under("F11", "F")
    assert tree.is_under("F", "F")
    assert not tree.is_under("F", "F11")
    levels = [tree.get("F11").at_level(level) for level in (1, 2, 3, 4)]
    assert levels == ["F", "F1", "F11", None]
    assert tree.get("F").accepts_result("out")
    assert not tree.get("F").accepts_result("arrest")


def test_a_run_card_silent_about_a_response_level_speaks_for_its_next_lower_one() -> None:
    card = load(small_tree()).get("F").run_card
    assert [card.seats(level)[0].count for level in (1, 2, 3, 4)] == [1, 1, 3, 3]


def test_an_unknown_code_is_refused_by_name() -> None:
    with pytest.raises(UnknownType, match="F99"):
        load(small_tree()).get("F99")


def test_parents_may_stand_after_their_children() -> None:
    tree = small_tree()
    tree["types"].reverse()
    assert load(tree).get("F11").priority == 1


def test_a_byte_order_mark_is_no_fault() -> None:
    assert len(load_tree(b"\xef\xbb\xbf" + json.dumps(small_tree()).encode())) == 3


def set_type(place: int, **values: object) -> Callable[[Tree], None]:
    return lambda tree: tree["types"][place].update(values)


def set_in(*path: str | int, to: object) -> Callable[[Tree], None]:
    def change(tree: Tree) -> None:
        part: Any = tree
        for step in path[:-1]:
            part = part[step]
        part[path[-1]] = to

    return change


FAULTS = {
    "is its own ancestor": set_type(0, parent="F11", level=4),
    "parent F9, which is not in the file": set_type(2, parent="F9"),
    "F1 stands there twice": set_type(2, code="F1"),
    "F11 is of level 4; under F1": set_type(2, level=4),
    "of level 2 but has no parent": set_type(0, level=2),
    "has priority 0": set_type(1, priority=0),
    "has priority 5": set_type(1, priority=5),
    "has a spread of 0 m": set_type(1, spread_m=0),
    "needs a name in both languages": set_type(1, en=" "),
    "is not 1 to 16 letters": set_type(2, code="火"),
    "no parent to inherit priority, auxiliary from": set_type(0, priority=None, auxiliary=None),
    "the question colour, which": set_type(1, questions=["colour"]),
    "the run card none, which": set_type(1, run_card="none"),
    "the result list none, which": set_type(1, results="none"),
    "the closure none, which": set_type(1, closure="none"),
    "although its run card armed asks for the armed skill firearms": set_type(1, run_card="armed"),
    "The result list fire lacks `handled`": set_in("result_lists", "fire", to=["out"]),
    "the result gone, which": set_in("result_lists", "fire", to=["handled", "gone"]),
    "says nothing for response level 1": set_in("run_cards", "one", to={"2": []}),
    "outside the response levels": set_in("run_cards", "one", "9", to=[]),
    "asks for 0 units": set_in("run_cards", "one", "1", 0, "count", to=0),
    "more than 100 units": set_in("run_cards", "one", "1", 0, "count", to=101),
    "a seat without a kind": set_in("run_cards", "one", "1", 0, "kinds", to=[]),
    "the kind of unit tank, which": set_in("run_cards", "one", "1", 0, "kinds", to=["tank"]),
    "the skill magic, which": set_in("run_cards", "one", "1", 0, "skills", to=["magic"]),
    "names priority 9": set_in("run_cards", "one", "1", 0, "upto_priority", to=9),
    "has no answers": set_in("questions", "trapped", "answers", to=[]),
    "two answers with the key 'y'": set_in("questions", "trapped", "answers", 1, "key", to="y"),
    "two answers with the code 'yes'": set_in("questions", "trapped", "answers", 1, "code", to="yes"),
    "needs one single key, not 'yy'": set_in("questions", "trapped", "answers", 0, "key", to="yy"),
    "proposes priority 0": set_in("questions", "trapped", "answers", 0, "priority", to=0),
    "the label red, which": set_in("questions", "trapped", "answers", 0, "label", to="red"),
    "unknown field `colour`": set_type(1, colour="red"),
    "missing required field `level`": lambda tree: tree["types"][1].pop("level"),
    "Expected `int | null`": set_type(1, priority="high"),
    "It holds no types": set_in("types", to=[]),
}


@pytest.mark.parametrize("said", FAULTS)
def test_each_fault_is_named_in_one_sentence(said: str) -> None:
    tree = small_tree()
    FAULTS[said](tree)
    assert any(said in problem for problem in problems(tree)), problems(tree)


def test_a_tree_of_five_levels_is_refused() -> None:
    tree = small_tree()
    for level, code in ((4, "F111"), (5, "F1111")):
        tree["types"].append({"code": code, "parent": code[:-1], "level": level, "zh": "火", "en": "Fire"})
    assert problems(tree) == ["Type F1111 is of level 5; a tree has 4 levels."]


def test_all_faults_are_named_at_once() -> None:
    tree = small_tree()
    set_type(1, priority=7, questions=["colour"])(tree)
    set_type(2, parent="F9")(tree)
    assert len(problems(tree)) == 3


def test_many_faults_are_counted_but_not_all_read_out() -> None:
    tree = small_tree()
    tree["types"] += [{"code": f"X{n}", "parent": "?", "level": 2, "zh": "无", "en": "x"} for n in range(50)]
    with pytest.raises(TypeTreeRefused, match=r"And 30 more\.$") as refused:
        load(tree)
    assert len(refused.value.problems) == 50
    assert refused.value.code == "type_tree_refused"


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff\xfe", b"null", shipped_file()[:5000]])
def test_a_damaged_file_is_refused_and_not_half_read(data: bytes) -> None:
    with pytest.raises(TypeTreeRefused, match="cannot be read"):
        load_tree(data)


def test_the_shipped_tree_has_the_twelve_groups_and_four_levels() -> None:
    tree = shipped_tree()
    assert len(tree.children()) == 12
    assert {kind.level for kind in tree} == {1, 2, 3, 4}


@pytest.mark.real_data
def test_the_shipped_tree_keeps_the_110_codes_and_names_exactly(shared_data: Path) -> None:
    with (shared_data / "incident_types_110.csv").open(encoding="utf-8-sig", newline="") as lines:
        given = {row["code"]: row["name_zh"] for row in csv.DictReader(lines)}
    assert {kind.code: kind.name_zh for kind in shipped_tree() if kind.level == 2} == given


def test_every_shipped_code_lies_under_its_parents_digits() -> None:
    for kind in shipped_tree():
        assert len(kind.code) == 6
        assert kind.code.isdecimal()
        if kind.parent is not None:
            digits = kind.parent.rstrip("0").ljust(2, "0")
            digits = digits if kind.level == 2 else digits.ljust(4, "0")
            assert kind.code.startswith(digits), kind.code


def test_every_shipped_type_can_be_typed_by_its_pinyin_initials() -> None:
    for kind in shipped_tree():
        letters = [c for c in kind.name_zh if "\u4e00" <= c <= "\u9fff"]
        assert len(kind.initials) == len(letters), kind.name_zh
        assert kind.initials.isascii(), kind.name_zh


def test_no_shipped_type_with_weapons_admits_auxiliaries() -> None:
    tree = shipped_tree()
    armed = {code for code, term in tree.skills.items() if term.armed}
    for kind in tree:
        skills = {s for seats in kind.run_card.levels.values() for seat in seats for s in seat.skills}
        assert not (kind.auxiliary and skills & armed), kind.code


@pytest.mark.parametrize("name", SAN_FRANCISCO.split("|"))
def test_a_fire_services_own_call_types_are_found_by_name(name: str) -> None:
    assert shipped_tree().search(name), name


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("400100", "400100"),
        ("4001", "400100"),
        ("hz", "400100"),
        ("火灾", "400100"),
        ("FIRE", "400100"),
        ("structure fire", "400110"),
        ("dhyx", None),
        ("家暴", "200600"),
        ("jtbl", "200600"),
        ("１００２", "100200"),
        ("knife", "100511"),
        ("domestic weapon", "200611"),
        ("", None),
        ("   ", None),
    ],
)
def test_the_closest_type_stands_first_while_typing(typed: str, first: str | None) -> None:
    found = shipped_tree().search(typed)
    assert (found[0].code if found else None) == first


def test_a_search_gives_no_more_than_asked_for() -> None:
    assert len(shipped_tree().search("1", limit=3)) == 3
