"""One centre's data on disk: where everything lies, who may read it, and that only one process uses it at a time.

    DIR/postgres   the cluster            DIR/secrets   passwords and keys, for the owner only
    DIR/nats       its config and streams DIR/log       what the servers say
    DIR/run        lock and process ids   DIR/programs  copies of programs, only where they are needed
    DIR/city       a demo's map and areas

Nothing is written outside DIR, and no directory above it is changed.
"""

import errno
import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from dispatch.runtime.accounts import Account, service_account, unreachable
from dispatch.runtime.errors import DataBusy, DataRefused

log = structlog.get_logger(__name__)

# Anything of ours in a directory: then it is a data directory, and not somebody's home given by mistake.
OURS = ("run", "postgres")


class DataDir:
    """The layout below one data directory, and how files in it are written.

    Args:
        root: absolute path of the directory.
        account: who runs the servers; None: this process's own user.
    """

    def __init__(self, root: Path, account: Account | None) -> None:
        self.root = root
        self.account = account
        self.postgres = root / "postgres"
        self.cluster = self.postgres / "data"
        self.nats = root / "nats"
        self.secrets = root / "secrets"
        self.log = root / "log"
        self.run = root / "run"
        self.programs = root / "programs"

    def prepare(self) -> None:
        """Make the directories that are missing, each with the rights it needs.

        Raises:
            DataRefused: the servers' account couldn't reach its data.
        """
        if self.account is not None:
            self.root.chmod(
                self.root.stat().st_mode | 0o011
            )  # DIR itself may be entered; never listed, never above it
        for private in (self.run, self.secrets, self.log):
            _ensure_directory(private, 0o700)
        for served in (self.postgres, self.nats):
            _ensure_directory(served, 0o700)
            self.hand_over(served)
        blocked = unreachable(self.account, [self.postgres, self.nats]) if self.account else None
        if blocked is not None:
            raise DataRefused(
                f"The user {self.account.name if self.account else ''} that runs PostgreSQL for root can't reach {blocked}: "
                f"a directory above it may not be entered; choose --data elsewhere, for example /var/lib/dispatch110."
            )

    def hand_over(self, path: Path) -> None:
        """Let the servers' account own `path`."""
        if self.account is not None:
            os.chown(path, self.account.uid, self.account.gid)

    def write(self, path: Path, text: str, *, served: bool = False) -> None:
        """Write a private file whole or not at all; `served`: for the eyes of the servers' account."""
        half = path.with_name(path.name + ".half")
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if served:
            self.hand_over(half)
        half.rename(path)

    def secret(self, name: str, *, may_create: bool = True) -> str:
        """The secret kept under `name`, made on first use: 32 random bytes as 64 hexadecimal digits.

        Raises:
            DataRefused: it must exist already, and doesn't.
        """
        path = self.secrets / name
        if not path.exists():
            if not may_create:
                raise DataRefused(
                    f"{path} is missing although {self.root} holds a centre's data; put it back from a backup."
                )
            self.write(path, secrets.token_hex(32))
        return path.read_text(encoding="utf-8").strip()

    def master_key_file(self, *, may_create: bool = True) -> Path:
        """The file of 32 random bytes that wraps the key of every incident.

        Raises:
            DataRefused: it must exist already, and doesn't.
        """
        self.secret("master.key", may_create=may_create)
        return self.secrets / "master.key"


def _ensure_directory(path: Path, mode: int) -> None:
    if not path.exists():
        path.mkdir(mode=mode)
        path.chmod(mode)  # whatever the umask said


@contextmanager
def open_data(directory: Path) -> Iterator[DataDir]:
    """Take a data directory into use, alone, making it when it isn't there.

    Raises:
        DataRefused: it can't be made, written or reached, or holds something else.
        DataBusy: another process uses it.
    """
    root = directory.expanduser().resolve()
    try:
        _ensure_root(root)
        data = DataDir(root, service_account(root / "postgres"))
        data.prepare()
        lock = os.open(data.run / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as refused:
        reason = os.strerror(refused.errno or errno.EIO).lower()
        raise DataRefused(
            f"The data directory {root} can't be used: {refused.filename}: {reason}."
        ) from refused
    try:
        _take_lock(lock, root)
        yield data
    finally:
        os.close(lock)


def data_in_use(directory: Path) -> DataDir:
    """The data directory of a centre that may be running, for what can be done beside it.

    Raises:
        DataRefused: there is none.
    """
    root = directory.expanduser().resolve()
    if not (root / "run").is_dir():
        raise DataRefused(f"{root} holds no centre's data; start one with: dispatch110 demo --data {root}")
    return DataDir(root, service_account(root / "postgres"))


def default_data_dir() -> Path:
    """Where data lie when nobody says otherwise."""
    return Path("/var/lib/dispatch110") if os.geteuid() == 0 else Path.home() / ".local/share/dispatch110"


def _ensure_root(root: Path) -> None:
    root.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    foreign = [path for path in root.iterdir() if not path.name.startswith(".") and path.name != "lost+found"]
    if foreign and not any((root / name).is_dir() for name in OURS):
        raise DataRefused(
            f"The data directory {root} holds other files and none of ours; choose an empty or a new directory with --data."
        )


def _take_lock(lock: int, root: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as held:
        owner = os.pread(lock, 32, 0).decode(errors="replace").strip() or "unknown"
        raise DataBusy(
            f"The data directory {root} is in use by process {owner}; stop it first or choose another --data."
        ) from held
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
