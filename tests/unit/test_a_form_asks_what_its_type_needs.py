"""Form promise: every type has exactly one form, what it asks can be answered, and only sound answers are taken."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dispatch.forms.answers import Allowed, Answers, faults, shown, sort
from dispatch.forms.faults import MAX_DAYS
from dispatch.forms.faults import faults as faults_of
from dispatch.forms.file import Form, FormFile, FormSet, shipped
from incidents.types import shipped_tree
from tests.harness.filling import sound_answers

CASES = Path("web/console/tests/form_cases.json")
TREE, FORMS = shipped_tree(), shipped()
TYPES = [kind.code for kind in TREE]
FILE = FORMS.file


def allowed(code: str) -> Allowed:
    return Allowed({result.code for result in TREE.get(code).results}, TREE)


def wrong(
    form: Form, answers: Answers, code: str, *, final: bool = True, file: FormFile = FILE
) -> list[tuple[str, str]]:
    return [(one.key, one.what) for one in faults(file, form, answers, final, allowed(code))]


def form_of(code: str) -> Form:
    return FORMS.of(TREE.get(code).lineage)


@st.composite
def filled(draw: st.DrawFn) -> tuple[str, Form, dict[str, Any]]:
    code = draw(st.sampled_from(TYPES))
    form = form_of(code)
    results = [result.code for result in TREE.get(code).results]
    return code, form, draw(sound_answers(FILE, form, results, TYPES))


def test_the_shipped_forms_can_be_used() -> None:
    assert faults_of(FILE, TREE) == []
    assert len(FORMS.by_code) == len(FILE.forms)


@given(st.data())
def test_every_type_has_exactly_one_form_whatever_forms_are_named_for(data: st.DataObject) -> None:
    """The nearest type above that has one decides, and the form without types is for all others."""
    named = data.draw(st.lists(st.sampled_from(TYPES), unique=True, max_size=30))
    forms = tuple(
        msgspec.structs.replace(FORMS.default, code=f"f{n}", types=(code,)) for n, code in enumerate(named)
    )
    some = FormSet(1, msgspec.structs.replace(FILE, forms=(*forms, FORMS.default)))
    for code in TYPES:
        lineage = TREE.get(code).lineage
        nearest = next((above for above in lineage if above in named), None)
        found = some.of(lineage)
        assert found.types == (() if nearest is None else (nearest,))
        assert sum(found is form for form in some.file.forms) == 1


@pytest.mark.parametrize("code", TYPES)
def test_what_closing_demands_of_a_form_is_asked(code: str) -> None:
    asks = {ask.field: ask for ask in form_of(code).asks}
    assert asks["result"].required
    assert asks["text"].required
    if TREE.get(code).closure.people:
        always = [ask for ask in asks.values() if ask.required and ask.shown_if is None]
        assert any(FILE.fields[ask.field].people for ask in always), "people are counted by the form"


@given(filled())
def test_what_is_sound_is_taken_and_kept_in_its_place(drawn: tuple[str, Form, dict[str, Any]]) -> None:
    code, form, answers = drawn
    assert wrong(form, answers, code) == []
    said = sort(FILE, form, answers)
    assert said.facts | said.texts == answers
    assert all(FILE.fields[key].kind == "text" for key in said.texts)
    counts = [value for key, value in answers.items() if FILE.fields[key].people]
    assert said.people == (sum(counts) if counts else None)


@given(filled(), st.data())
def test_whatever_is_left_out_is_named_and_an_interim_form_may_leave_it_out(
    drawn: tuple[str, Form, dict[str, Any]], data: st.DataObject
) -> None:
    code, form, answers = drawn
    required = [ask.field for ask in form.asks if ask.required and ask.field in answers]
    gone = data.draw(st.sampled_from(required))
    less = {key: value for key, value in answers.items() if key != gone}
    assert (gone, "missing") in wrong(form, less, code)
    # what hung on it is asked no longer; an interim form minds nothing else
    assert {what for _, what in wrong(form, less, code, final=False)} <= {"not_asked"}


@given(filled(), st.data())
def test_what_is_not_asked_is_refused_not_dropped(
    drawn: tuple[str, Form, dict[str, Any]], data: st.DataObject
) -> None:
    code, form, answers = drawn
    hidden = [
        key for key in FILE.fields if key not in {a.field for a in form.asks if shown(a, FILE, form, answers)}
    ]
    assume(hidden)
    key = data.draw(st.sampled_from(hidden))
    assert (key, "not_asked") in wrong(form, answers | {key: True}, code)


@given(filled(), st.data())
def test_nonsense_is_refused_by_name_and_breaks_nothing(
    drawn: tuple[str, Form, dict[str, Any]], data: st.DataObject
) -> None:
    code, form, answers = drawn
    key = data.draw(st.sampled_from([ask.field for ask in form.asks if shown(ask, FILE, form, answers)]))
    anything = st.one_of(
        st.text(max_size=8),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.lists(st.text(max_size=8), max_size=3),
    )
    changed = answers | {key: data.draw(anything)}
    for final in (True, False):
        assert set(wrong(form, changed, code, final=final)) <= {
            (one, what) for one in FILE.fields for what in ("kind", "choice", "least", "most", "decimals", "not_asked", "missing", "too_long")
        }  # fmt: skip
        sort(FILE, form, changed)


def test_page_and_server_judge_the_same_answers_alike() -> None:
    """The cases are held by the console's own test too, so that a crew is never refused what its page let through."""
    cases = json.loads(CASES.read_text("utf-8"))
    file = msgspec.convert(cases["file"], FormFile)
    for case in cases["cases"]:
        form = next(one for one in file.forms if one.code == case["form"])
        found = faults(
            file, form, case["answers"], case["final"], Allowed(set(cases["results"]), set(cases["types"]))
        )
        assert [[one.key, one.what] for one in found] == case["faults"], case["name"]


def changed(**field: Any) -> FormFile:
    fields = {"injured": msgspec.structs.replace(FILE.fields["injured"], **field)}
    return msgspec.structs.replace(FILE, fields=FILE.fields | fields)


def with_form(**form: Any) -> FormFile:
    first = msgspec.structs.replace(FILE.forms[0], **form)
    return msgspec.structs.replace(FILE, forms=(first, *FILE.forms[1:]))


ASKS = FILE.forms[0].asks


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (msgspec.structs.replace(FILE, accept_days=MAX_DAYS + 1), "accept_days is 91"),
        (msgspec.structs.replace(FILE, forms=FILE.forms[:-1]), "there are 0"),
        (msgspec.structs.replace(FILE, forms=(*FILE.forms, FILE.forms[0])), "stands twice"),
        (with_form(types=("300100", "200250")), "Type 200250 is named by two forms"),
        (with_form(types=("123456",)), "'123456', which is not in the tree"),
        (with_form(asks=ASKS[1:]), "does not ask for result always"),
        (with_form(asks=(*ASKS, ASKS[2])), "asks for vehicles twice"),
        (with_form(asks=tuple(reversed(ASKS))), "does not ask before it"),
        (with_form(name=msgspec.structs.replace(FILE.forms[0].name, en=" ")), "characters in en"),
        (changed(least=None), "needs least and most"),
        (changed(least=5.0, most=1.0), "needs least and most, in this order"),
        (changed(people=True, most=99_999.0), "counts people"),
        (changed(kind="choice"), "needs choices"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_refused_by_name(file: FormFile, said: str) -> None:
    found = faults_of(file, TREE)
    assert any(said in one for one in found), found
