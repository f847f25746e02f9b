"""Mark promise: a plate or a name is found in whatever width, case and spacing it is typed, and nothing else is taken for it."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.broadcasts.lookouts import Found, Lookouts
from dispatch.broadcasts.marks import SoughtKind, candidates, canonical
from dispatch.broadcasts.store import SoughtMark
from incidents.sealing import Seal

SEAL = Seal(bytes(range(32)))
LOOKOUT = UUID(int=7)
PLATES = st.from_regex(r"[京沪粤津][A-HJ-NP-Z][A-HJ-NP-Z0-9]{5,6}", fullmatch=True)
GAPS = st.sampled_from(["", " ", "-", "·", "　", ".", " - "])


def looking_for(kind: SoughtKind, mark: str, exercise: bool = False) -> Lookouts:
    plain = canonical(kind, mark)
    assert plain is not None
    return Lookouts(SEAL, [SoughtMark(SEAL.mark_index(kind, plain), kind, len(plain), LOOKOUT, exercise)])


def wide(text: str) -> str:
    """Full-width letters and digits."""
    return "".join(chr(ord(ch) + 0xFEE0) if "!" <= ch <= "~" else ch for ch in text)


@given(PLATES, st.lists(GAPS, min_size=9, max_size=9), st.booleans(), st.booleans())
def test_a_plate_is_found_in_any_writing(plate: str, gaps: list[str], lower: bool, full: bool) -> None:
    typed = "".join(ch + gap for ch, gap in zip(plate, gaps, strict=False))
    typed = typed.lower() if lower else typed
    typed = wide(typed) if full else typed
    for said in (typed, f"白色轿车车牌{typed}，往东跑了", f"{typed} speeding"):
        assert looking_for("plate", plate).find(said) == [Found(LOOKOUT, "plate")], said


@given(PLATES)
def test_writing_it_in_its_one_way_again_changes_nothing(plate: str) -> None:
    plain = canonical("plate", plate)
    assert plain is not None
    assert canonical("plate", plain) == plain


@given(st.text(max_size=200), st.integers(2, 12))
def test_every_stretch_is_of_its_length_and_none_comes_twice(text: str, length: int) -> None:
    for kind in ("plate", "name"):
        found = list(candidates(kind, text, {length}))
        assert all(len(one) == length for one in found)
        assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("mark", "typed"),
    [
        ("京A12345", "粤B 00998 旁边的 京a-12345 不动"),
        ("AB 12 CD", "plate ab12cd, blue"),
        ("粤BO1234", "粤B01234"),
        ("粤B00123", "粤BOO123"),
    ],
)
def test_plates_that_are_meant(mark: str, typed: str) -> None:
    assert looking_for("plate", mark).find(typed)


@pytest.mark.parametrize(
    ("mark", "typed"),
    [
        ("京A12345", "京A123456"),
        ("京A12345", "京A1234"),
        ("AB12", "XAB123"),
        ("AB12CD", "ab 12"),
    ],
)
def test_a_longer_or_shorter_plate_is_another(mark: str, typed: str) -> None:
    assert not looking_for("plate", mark).find(typed)


@pytest.mark.parametrize(
    ("mark", "typed", "found"),
    [
        ("李建国", "嫌疑人李建国，四十岁", True),
        ("Li Jianguo", "he is called LI  JIAN-GUO", True),
        ("Li Jianguo", "lijianguo", True),
        ("Ana Ito", "bananaitos", False),
        ("王芳", "王小芳", False),
    ],
)
def test_names(mark: str, typed: str, found: bool) -> None:
    assert bool(looking_for("name", mark).find(typed)) is found


def test_a_plate_is_no_name_and_a_drill_finds_only_a_drills() -> None:
    assert not looking_for("name", "京A12345", exercise=True).find("京A12345")
    assert looking_for("name", "京A12345", exercise=True).find("京A12345", exercise=True)


@pytest.mark.parametrize("mark", ["", "A1", "。。。", "x" * 41])
def test_what_is_too_short_or_too_long_is_not_looked_for(mark: str) -> None:
    assert canonical("plate", mark) is None


def test_the_digest_gives_no_mark_away() -> None:
    assert b"A12345" not in SEAL.mark_index("plate", "京A12345")
    assert SEAL.mark_index("plate", "AB12") != SEAL.mark_index("name", "AB12")
    assert SEAL.mark_index("plate", "AB12") != Seal(bytes(32)).mark_index("plate", "AB12")
