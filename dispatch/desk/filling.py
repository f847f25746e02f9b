"""A feedback form is filled in: by the version the crew had, with what its type asks; the same judged of what came by radio.

What was answered wrong is refused by the field's name. A form of another type, or told without a form, is taken and may be
incomplete: then a person reviews it.
"""

from datetime import timedelta
from typing import Literal
from uuid import UUID

import msgspec

from dispatch import acts
from dispatch.desk.case import Case
from dispatch.desk.sealed import keep_text
from dispatch.errors import Behind, Invalid
from dispatch.forms import store
from dispatch.forms.answers import SAID, Allowed, Answer, Answers, Sorted, faults, sort
from dispatch.forms.faults import PHOTOS, RESULT, TEXT, TYPE
from dispatch.forms.faults import faults as faults_of_file
from dispatch.forms.file import Form, FormFile, FormRef, FormSet
from dispatch.forms.store import Version
from dispatch.places import Changed
from dispatch.work import Work
from incidents.model import Incident
from incidents.sealing import Caller
from incidents.types import TypeTree

FORMS_ID = UUID(int=114)
"""Under this id the journal keeps that forms were changed."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A feedback form as it is handed in. people: those concerned, sealed apart; people_count without naming them.

    form, answers: filled in by fields, which then say result, type, text, people and photos too; complete: found when it
    is handed in; texts: what of the answers is sealed.
    """

    kind: Literal["interim", "final"]
    result: str | None = None
    type_verified: str | None = None
    text: str | None = None
    people: tuple[Caller, ...] = ()
    people_count: int | None = None
    photos: tuple[str, ...] = ()
    form: FormRef | None = None
    answers: dict[str, Answer | None] | None = None
    facts: dict[str, Answer] | None = None
    texts: dict[str, str] = {}
    complete: bool = False


def type_of(incident: Incident, verified: Answer | None = None) -> str | None:
    """By which type an incident is fed back about."""
    return verified if isinstance(verified, str) else incident.type_verified or incident.type_reported


def form_of(forms: FormSet, tree: TypeTree, code: str | None) -> Form:
    """The one form of a type; of one that is not known, or not in the tree, that for all others."""
    return forms.of(tree.get(code).lineage if code is not None and code in tree else ())


async def filled(w: Work, case: Case, told: Told) -> Told:
    """What was told, with its answers in their places and whether it is complete. Raises Invalid naming the field."""
    if told.answers is None:
        if told.form is not None:
            raise Invalid("A form that is named comes with its answers.", field="answers")
        return await _without_form(w, case, told)
    if told.form is None:
        raise Invalid("Answers need the form they were given to, with its version.", field="form")
    version = await _version(w, told.form)
    form, answers = version.forms.by_code.get(told.form.code), told.answers
    if form is None:
        raise Invalid(f"There is no form {told.form.code!r} in version {told.form.version}.", field="form")
    tree, code = w.centre.reference.types, type_of(case.incident, answers.get(TYPE))
    wrong = next(faults(version.forms.file, form, answers, told.kind == "final", _allowed(tree, code)), None)
    if wrong is not None:
        raise Invalid(SAID[wrong.what].format(name=wrong.key), field=f"answers.{wrong.key}", fault=wrong.what)
    own = form_of(version.forms, tree, code)
    return _in_place(
        told, sort(version.forms.file, form, answers), complete=told.kind == "final" and form is own
    )


def _in_place(told: Told, said: Sorted, *, complete: bool) -> Told:
    """The answers where the rest of the house looks for them."""
    result, verified, photos = (said.facts.get(key) for key in (RESULT, TYPE, PHOTOS))
    return msgspec.structs.replace(
        told, complete=complete, facts=said.facts,
        result=result if isinstance(result, str) else told.result,
        type_verified=verified if isinstance(verified, str) else told.type_verified,
        text=said.texts.get(TEXT, told.text), texts={key: text for key, text in said.texts.items() if key != TEXT},
        people_count=told.people_count if said.people is None else max(said.people, len(told.people)),
        photos=tuple(photos) if isinstance(photos, list) else told.photos,
    )  # fmt: skip


async def _version(w: Work, ref: FormRef) -> Version:
    """The version that was filled in, as long as it is taken."""
    version = await store.version(w.conn, ref.version)
    if version is None:
        raise Invalid(f"There is no version {ref.version} of the forms; read them again.", field="form")
    if version.replaced_at is not None:
        newest = await store.newest(w.conn)
        if w.now - version.replaced_at > timedelta(days=newest.file.accept_days):
            raise Invalid(
                f"Version {ref.version} of the forms is taken no longer; read them again and fill in the present one.",
                field="form",
                version=version.newest,
            )
    return version


async def _without_form(w: Work, case: Case, told: Told) -> Told:
    """Told by radio, by telephone or on paper: taken as it is, complete when the form would ask no more."""
    if told.kind != "final":
        return told
    forms, tree = await store.newest(w.conn), w.centre.reference.types
    code = type_of(case.incident, told.type_verified)
    said: Answers = {
        RESULT: told.result,
        TYPE: told.type_verified,
        TEXT: told.text,
    }
    form = form_of(forms, tree, code)
    wrong = next(faults(forms.file, form, said, final=True, allowed=_allowed(tree, code)), None)
    return msgspec.structs.replace(told, complete=wrong is None)


def _allowed(tree: TypeTree, code: str | None) -> Allowed:
    results = (
        {result.code for result in tree.get(code).results} if code is not None and code in tree else set()
    )
    return Allowed(results | {"handled"}, tree)


async def keep_texts_of(w: Work, incident_id: UUID, texts: dict[str, str]) -> UUID | None:
    """Seal all texts of a form beside its main one as one row; None when there are none."""
    return await keep_text(w, incident_id, msgspec.json.encode(texts).decode()) if texts else None


async def put_forms(w: Work, file: FormFile, read: str) -> FormSet:
    """Put in forms as the next version. read: the version that was changed, * for any. Raises Invalid with every fault."""
    acts.authorise(w.principal, "reference", "administer")
    await store.lock(w.conn)
    known = (await store.newest(w.conn)).version
    if read not in ("*", str(known)):
        raise Behind("The forms were changed since you read them; read them again.", version=known)
    found = faults_of_file(file, w.centre.reference.types)
    if found:
        more = f" ({len(found) - 1} more faults in this file.)" if len(found) > 1 else ""
        raise Invalid(found[0] + more, field="forms", faults=found)
    forms = FormSet(known + 1, file)
    await store.add(w.conn, forms, w.now)
    w.append("form_set", FORMS_ID, forms.version, None, Changed(version=forms.version))
    return forms
