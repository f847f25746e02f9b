"""The command line, `dispatch110`: bring a centre up, look after it, prove it. Each fault is one sentence and status 2.

Every command imports what it needs itself, so that --help answers at once.
"""

import asyncio
import signal
import sys
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

import click

from dispatch.roles import PEOPLE, ROLES

FAULT, BROKEN, TERMINATED = 2, 1, 143
PARTS = 100  # of a progress bar
DATUMS = ("WGS84", "CGCS2000", "GCJ02", "BD09")
DATA = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Data directory of a demo, instead of the environment.",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the status to end with."""
    try:
        told = cli.main(
            args=None if argv is None else list(argv), prog_name="dispatch110", standalone_mode=False
        )
        return told if isinstance(told, int) else 0
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.exceptions.NoArgsIsHelpError as bare:
        print(bare.format_message())
        return 0
    except click.ClickException as wrong:
        return _say(
            f"{wrong.format_message().rstrip('.')}; `dispatch110 --help` and `COMMAND --help` say what there is."
        )
    except (click.Abort, KeyboardInterrupt):
        return 130
    except Exception as fault:
        sentence = _sentence(fault)
        if sentence is None:
            raise
        return _say(sentence)


def _say(sentence: str) -> int:
    print(" ".join(sentence.split()), file=sys.stderr)
    return FAULT


def _sentence(fault: Exception) -> str | None:
    """What a person is told; None for a mistake of ours, which needs its traceback."""
    import asyncpg

    from dispatch.anchors import AnchorsDamaged
    from dispatch.errors import DispatchError
    from dispatch.runtime.errors import RuntimeFault
    from geo.errors import GeoError
    from incidents.errors import IncidentError
    from web.drive import Refused, Unreachable
    from web.errors import WebError
    from web.replaying.errors import ReplayRefused

    if isinstance(
        fault, RuntimeFault | DispatchError | GeoError | IncidentError | AnchorsDamaged | ReplayRefused
    ):
        return str(fault)
    if isinstance(fault, Refused | Unreachable | WebError):
        return str(fault)
    if isinstance(fault, asyncpg.PostgresError | asyncpg.InterfaceError):
        return f"The database refuses: {fault}"
    if isinstance(fault, OSError):
        return f"{fault.filename or 'The system'}: {fault.strerror or fault}"
    return None


def _leave(*_: object) -> None:
    """Whoever is told to end cleans up first, as after Ctrl-C."""
    raise SystemExit(TERMINATED)


def _run[T](work: Coroutine[Any, Any, T]) -> T:
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=True)
@click.version_option(package_name="dispatch110")
def cli() -> None:
    """Dispatch 110: command and dispatch for emergency call centres, 指挥调度系统."""
    from web.logs import begin_logging

    begin_logging("warning")


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8110, show_default=True, type=click.IntRange(0, 65535), help="Port to listen on."
)
@click.option(
    "--tls",
    nargs=2,
    type=click.Path(path_type=Path),
    metavar="CERT KEY",
    help="Certificate chain and key, PEM.",
)
def serve(host: str, port: int, tls: tuple[Path, Path] | None) -> None:
    """One stateless replica against DISPATCH_DATABASE_URL, DISPATCH_NATS_URL, DISPATCH_CITY."""
    from dispatch.runtime.settings import read_settings
    from web.certificates import Certificate
    from web.logs import begin_logging
    from web.serving import serve as serve_replica

    settings = read_settings()
    begin_logging(settings.log_level)
    _run(serve_replica(settings, host, port, Certificate(*tls) if tls else None))


@cli.command()
@click.option("--check", is_flag=True, help="Change nothing; status 1 when something is missing.")
@DATA
def migrate(check: bool, data: Path | None) -> int:
    """Bring the schema of the database up to date, under a lock."""
    from dispatch.runtime import migrate as schema
    from dispatch.runtime.postgres import wait_for_database
    from web.premises import PATIENCE_S, database_url

    async def go() -> int:
        url = database_url(data)
        await wait_for_database(url, PATIENCE_S)
        if check:
            missing = (await schema.check(url)).missing
            print(f"missing: {', '.join(missing)}" if missing else "up to date")
            return BROKEN if missing else 0
        applied = await schema.migrate(url)
        print(f"applied: {', '.join(applied)}" if applied else "up to date")
        return 0

    return _run(go())


@cli.group()
def key() -> None:
    """API keys for programs."""


@key.command("create")
@click.option(
    "--role", "roles", multiple=True, required=True, type=click.Choice(ROLES), help="ROLE...: one or more."
)
@click.argument("more", nargs=-1, type=click.Choice(ROLES), metavar="")
@click.option("--room", help="Code of the room it works for.")
@click.option("--unit", type=click.IntRange(1, 4_294_967_295), help="Handle of the unit it belongs to.")
@click.option("--gateway", help="Name of the gateway it belongs to.")
@click.option("--label", help="What people call it.")
@DATA
def create_key(  # noqa: PLR0913, PLR0917 - one argument an option
    roles: tuple[str, ...],
    more: tuple[str, ...],
    room: str | None,
    unit: int | None,
    gateway: str | None,
    label: str | None,
    data: Path | None,
) -> None:
    """Make an API key for one room, unit or gateway, and show it once."""
    from web.premises import Owner, make_key

    owner = Owner(room, unit, gateway)
    wanted = (*roles, *more)
    issued = _run(make_key(data, wanted, owner, label or f"{owner} {'+'.join(wanted)}"))
    print(f"id  {issued.id}\nkey {issued.secret}", flush=True)


@key.command("link")
@click.option(
    "--unit",
    required=True,
    type=click.IntRange(1, 4_294_967_295),
    help="Handle of the unit whose crew it lets in.",
)
@DATA
def create_link(unit: int, data: Path | None) -> None:
    """Make a one-time sign-in for the crew of a unit, good for a day; open it below the centre's address."""
    from web.premises import make_unit_link

    print(_run(make_unit_link(data, unit)), flush=True)


@cli.group()
def user() -> None:
    """People who sign in."""


NO_ECHO = "Password, not shown (empty: one is made): "


def _password() -> tuple[str, bool]:
    """A password from the prompt, or a line of what is piped in; made, and then to be shown, when it is empty."""
    import getpass

    from web.passwords import made_password

    if sys.stdin.isatty():
        said = getpass.getpass(NO_ECHO)
        if said and getpass.getpass("Once more: ") != said:
            raise click.ClickException("The two passwords differ; nothing was changed")
    else:
        said = sys.stdin.readline().rstrip("\r\n")
    return (said, False) if said else (made_password(), True)


def _show_password(password: str, made: bool) -> None:
    if made:
        _line(f"password {password}")


@user.command("create")
@click.argument("login", metavar="NAME")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice(PEOPLE),
    help="ROLE...: one or more.",
)
@click.argument("more", nargs=-1, type=click.Choice(PEOPLE), metavar="")
@click.option("--room", help="Code of the room they work in.")
@click.option("--unit", type=click.IntRange(1, 4_294_967_295), help="Handle of the unit they crew.")
@click.option("--name", help="What others are shown; else NAME.")
@DATA
def create_user(login: str, roles: tuple[str, ...], more: tuple[str, ...], **options: Any) -> None:
    """Let somebody sign in as NAME. The password is asked for or read from standard input; left empty one is made and shown once."""
    from web.premises import NewUser, make_user

    password, made = _password()
    told = NewUser(
        login=login,
        name=options["name"] or login,
        roles=(*roles, *more),
        room=options["room"],
        unit=options["unit"],
    )
    _run(make_user(options["data"], told, password))
    _line(f"name     {login.strip().casefold()}")
    _show_password(password, made)


@user.command("password")
@click.argument("login", metavar="NAME")
@DATA
def set_password(login: str, data: Path | None) -> None:
    """Give NAME another password, asked for as in `user create`; they are signed out everywhere."""
    from web.premises import change_password

    password, made = _password()
    _run(change_password(data, login, password))
    _line(f"name     {login.strip().casefold()}")
    _show_password(password, made)


@cli.group()
def gateway() -> None:
    """Gateways that carry positions, alarms and radio."""


@gateway.command("create")
@click.argument("name")
@DATA
def create_gateway(name: str, data: Path | None) -> None:
    """Make an nkey for a gateway on NATS, and show its seed once."""
    from web.premises import make_gateway

    made = _run(make_gateway(data, name))
    print(f"public {made.public}\nseed   {made.seed}")
    if not made.admitted:
        print(f"Put this user into the configuration of the NATS server:\n{made.user}")


@cli.command()
@DATA
def verify(data: Path | None) -> int:
    """Prove that the ledger's chain holds, the tables agree with the journal and no accepted alarm is missing."""
    from web.premises import prove

    report = _run(prove(data))
    for sentence in report.broken:
        print(sentence)
    if report.sound:
        print(f"sound: {report.facts} facts, {report.entities} entities, ledger to {report.head.seq}")
    return 0 if report.sound else BROKEN


@cli.command()
@click.option(
    "--port", default=8110, show_default=True, type=click.IntRange(1, 65535), help="Port of the page."
)
@click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), help="Where data lie; a city there goes on."
)
@click.option(
    "--city",
    type=click.Path(path_type=Path),
    metavar="BUNDLE",
    help="A city's bundle, instead of the bay city.",
)
@click.option("--seed", default=110, show_default=True, type=int, help="Of everything that is chance.")
@click.option(
    "--speed", default=1.0, show_default=True, type=click.FloatRange(0.1, 100.0), help="Of the traffic."
)
@click.option(
    "--units", default=200, show_default=True, type=click.IntRange(1, 100_000), help="Units of a new city."
)
@click.option("--no-traffic", is_flag=True, help="No callers, no radio answers; every unit stands still.")
@click.option(
    "--no-radios", is_flag=True, help="No simulated radios: units are where a gateway of your own says."
)
@click.option(
    "--tls", type=click.Choice(["self"]), help="self: https with a certificate made into the data directory."
)
@click.option("--exercise", is_flag=True, help="Mark every simulated report as an exercise.")
def demo(**options: Any) -> None:
    """A whole centre on this machine: its servers, a city, callers and patrols. Ctrl-C stops everything."""
    from web.demo import DemoOptions
    from web.demo import demo as bring_up

    _run(bring_up(DemoOptions(**options), _line))


@cli.group()
def city() -> None:
    """A city's geography: roads, areas, places, base map, from an OpenStreetMap extract."""


@city.command("build")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), metavar="BUNDLE", help="Folder to make."
)
@click.option(
    "--areas", type=click.Path(path_type=Path, dir_okay=False), help="GeoJSON: rooms, or plain districts."
)
@click.option("--areas-datum", type=click.Choice(DATUMS), help="Of the areas, where the file doesn't say.")
@click.option(
    "--divisions",
    type=click.Path(path_type=Path, file_okay=False),
    help="Names: *_areas.csv and *_streets.csv.",
)
@click.option("--name", help="Of the city; else that of the file.")
@click.option("--zone", help="IANA name of local time; else by place.")
@click.option(
    "--datum", type=click.Choice(DATUMS), default="WGS84", show_default=True, help="Of callers' positions."
)
def build_city(file: Path, **options: Any) -> None:
    """Make a bundle from FILE: .osm.pbf, .osm.gz, .osm, or a road graph that OSMnx saved (.graphml)."""
    from dispatch.seeds.bundling import Commission, build
    from geo.datums import parse_datum

    signal.signal(signal.SIGTERM, _leave)
    for one in ("areas_datum", "datum"):
        options[one] = None if options[one] is None else parse_datum(options[one])
    with click.progressbar(length=PARTS, file=sys.stderr, item_show_func=lambda what: what) as bar:

        def progress(what: str, done: float) -> None:
            bar.update(round(done * PARTS) - bar.pos, what)

        manifest = build(Commission(source=file, **options), progress)
    counts = ", ".join(f"{count} {what.replace('_', ' ')}" for what, count in manifest.counts.items())
    _line(f"bundle   {options['out']}, {manifest.checksum[:12]}")
    _line(f"city     {manifest.name}, {manifest.zone}, map of {manifest.date or 'an unknown day'}: {counts}")
    _line(
        f"use it   dispatch110 demo --city {options['out']}, or: dispatch110 city activate {options['out']}"
    )


@city.command("activate")
@click.argument("bundle", type=click.Path(path_type=Path, file_okay=False))
@DATA
def activate_city(bundle: Path, data: Path | None) -> None:
    """Make BUNDLE the one that is served: its rooms, jurisdictions, call points and places go into the database at once."""
    from dispatch.runtime.seeding import activate
    from geo.atlas import read_manifest
    from web.premises import database_url

    manifest = read_manifest(bundle)
    done = _run(activate(database_url(data), bundle))
    _line(f"{manifest.name} {manifest.checksum[:12]} {'is served now' if done else 'was served already'}")


@cli.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--map", type=click.Path(path_type=Path, dir_okay=False), help="Which column means what (TOML)."
)
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    help="Times real speed; as fast as it goes without.",
)
@click.option("--json", is_flag=True, help="The last line is the outcome as JSON.")
@click.option("--url", help="A running centre.")
@click.option("--key", help="An API key of the role replayer there.")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="Start a centre here instead.")
def replay(**options: Any) -> None:
    """Play a file of real calls and unit times through the public doors."""
    from web.replay import ReplayOptions
    from web.replay import replay as play

    _run(play(ReplayOptions(**options), _line))


def _line(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
