"""Direction promise: the core is pure, and no package on the machine takes the place of one of ours.

The layers themselves (web → dispatch → incidents | units → geo) are checked by import-linter in `make check`.
"""

import importlib.metadata
import importlib.util
from pathlib import Path

import grimp
import pytest

from tests.house.source import PACKAGES, ROOT, TOP_LEVEL, module_name, python_files

# Steps in, steps out; bytes in, reports out. Whoever decides knows no clock, network, database, environment or chance of
# its own; a seeded random.Random is passed in, so `random` itself may be imported.
PURE = {
    "incidents": (
        "model",
        "commands",
        "events",
        "lifecycle",
        "types",
        "triage",
        "duplicates",
        "closure",
        "simulator",
        "telephone.model",
        "telephone.events",
        "telephone.lifecycle",
        "telephone.nuisance",
        "telephone.simulator",
    ),
    "units": (
        "model",
        "commands",
        "events",
        "lifecycle",
        "positions",
        "posts",
        "live",
        "simulator",
        "gateways",
    ),
    "dispatch": ("model", "commands", "events", "lifecycle", "response", "readiness", "ranking", "rules"),
}
IMPURE = (
    *(
        "asyncio",
        "asyncpg",
        "nats",
        "litestar",
        "uvicorn",
        "httpx",
        "websockets",
        "socket",
        "ssl",
        "subprocess",
        "threading",
    ),
    *("time", "os", "secrets", "uuid_utils", "structlog", "dispatch.runtime", "psutil", "click"),
)


def pure_modules() -> list[str]:
    """Those of the list that exist, and everything inside those that are packages."""
    named = {f"{package}.{name}" for package, names in PURE.items() for name in names}
    modules = [module_name(path) for path in python_files(*PACKAGES)]
    return [
        module for module in modules if any(module == name or module.startswith(f"{name}.") for name in named)
    ]


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, include_external_packages=True, cache_dir=None)


def test_there_is_a_core() -> None:
    assert len(pure_modules()) >= 8


@pytest.mark.parametrize("module", pure_modules())
def test_the_core_is_pure(graph: grimp.ImportGraph, module: str) -> None:
    reached = {
        forbidden: graph.find_shortest_chain(module, forbidden)
        for forbidden in IMPURE
        if forbidden in graph.modules
    }
    assert {forbidden: chain for forbidden, chain in reached.items() if chain} == {}


@pytest.mark.parametrize("name", TOP_LEVEL)
def test_no_package_on_the_machine_shadows_ours(name: str) -> None:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin).resolve().is_relative_to(ROOT)
    others = set(importlib.metadata.packages_distributions().get(name, [])) - {"dispatch110"}
    assert others == set(), (
        f"{others} installs a top-level {name} too; whichever comes first on the path wins"
    )
