"""What the program says and hears on NATS is what the AsyncAPI document promises."""

import re
from pathlib import Path

from dispatch.subjects import SUBJECTS
from web.asyncapi import document

ROOT = Path(__file__).parents[2]
SPOKEN = re.compile(r'f?"(cad\.[a-z_.{}*>0-9]+)')


def roots(address: str) -> str:
    """The fixed tokens a subject begins with."""
    return re.split(r"[{*>]", address)[0].rstrip(".")


def test_no_subject_is_spoken_that_the_table_does_not_hold() -> None:
    known = {roots(subject.address) for subject in SUBJECTS}
    spoken = {
        match[1]
        for path in (ROOT / "dispatch" / "runtime").glob("*.py")
        for match in SPOKEN.finditer(path.read_text())
    }
    strange = {said for said in spoken if roots(said) and not any(roots(said).startswith(k) for k in known)}
    assert {roots(s) for s in strange} <= {"cad.radio"}, strange


def test_the_document_says_every_subject_and_resolves_every_reference() -> None:
    made = document()
    assert {channel["address"] for channel in made["channels"].values()} == {s.address for s in SUBJECTS}
    text = str(made)
    named = set(re.findall(r"#/components/schemas/(\w+)", text))
    assert named
    assert named <= set(made["components"]["schemas"])
    for operation in made["operations"].values():
        assert operation["channel"]["$ref"].removeprefix("#/channels/") in made["channels"]
