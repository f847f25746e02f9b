"""Every class that can refuse something is known to the door, with one status for ever."""

import inspect
from types import ModuleType

import pytest

import dispatch.errors
import geo.errors
import incidents.errors
import units.errors
import web.errors
from web.errors import STATUS

MODULES = (geo.errors, incidents.errors, units.errors, dispatch.errors, web.errors)
BASES = {"GeoError", "IncidentError", "UnitError", "DispatchError", "WebError"}


def refusals(module: ModuleType) -> list[type[Exception]]:
    return [
        kind
        for name, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, Exception) and kind.__module__ == module.__name__ and name not in BASES
    ]


@pytest.mark.parametrize(
    "kind", [k for m in MODULES for k in refusals(m)], ids=lambda k: f"{k.__module__}.{k.__name__}"
)
def test_a_refusal_has_a_status_a_code_and_a_sentence(kind: type[Exception]) -> None:
    assert any(base in STATUS for base in kind.__mro__), "web.errors.STATUS does not know it"
    assert getattr(kind, "code", None)
    assert (kind.__doc__ or "").strip().endswith(".")
