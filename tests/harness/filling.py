"""Answers that will do for a form, drawn at random: what a crew might fill in, whatever the form asks."""

from typing import Any

from hypothesis import strategies as st

from dispatch.forms.answers import Answer, shown
from dispatch.forms.file import Ask, Form, FormField, FormFile

REFERENCES = st.lists(st.text("ABCxyz019_./:#-", min_size=1, max_size=20), min_size=1, max_size=3)
TIMES = st.datetimes().map(lambda at: at.isoformat(timespec="seconds") + "+08:00")
WORDS = st.text("调解双方 <b>&'\"ok\n\u202e\u200d𠮷", min_size=1, max_size=40).filter(str.strip)


def answer_to(field: FormField, ask: Ask, results: list[str], types: list[str]) -> st.SearchStrategy[Answer]:
    """Any one answer that the field allows."""
    offered = list(ask.choices) or [choice.code for choice in field.choices]
    least, most = int(field.least or 0), int(field.most or 0)
    by_kind: dict[str, st.SearchStrategy[Any]] = {
        "result": st.sampled_from(results),
        "type": st.sampled_from(types),
        "choice": st.sampled_from(offered or ["-"]),
        "multi_choice": st.lists(st.sampled_from(offered or ["-"]), min_size=1, unique=True),
        "number": st.integers(least, most),
        "text": WORDS,
        "time": TIMES,
        "yes_no": st.booleans(),
        "reference": REFERENCES,
    }
    return by_kind[field.kind]


@st.composite
def sound_answers(
    draw: st.DrawFn, file: FormFile, form: Form, results: list[str], types: list[str]
) -> dict[str, Any]:
    """A whole form, with everything that must be answered and some of the rest."""
    said: dict[str, Any] = {}
    for ask in form.asks:
        if shown(ask, file, form, said) and (ask.required or draw(st.booleans())):
            said[ask.field] = draw(answer_to(file.fields[ask.field], ask, results, types))
    return said
