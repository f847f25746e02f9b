"""What nats-server is told: one account with JetStream, one user for the centre, one nkey for every gateway.

A gateway is somebody else's program at the edge of the centre: it may bring its own fixes, replies and alarms and read its
own orders, nothing else. The same rules are printed for a nats-server that is not ours.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from dispatch.runtime.errors import SettingsInvalid

CENTRE = "centre"
GATEWAY_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
PUBLIC_NKEY = re.compile(r"U[A-Z2-7]{55}")
STREAM = "RADIO"

type Config = dict[str, Any]


def gateway_consumer(name: str) -> str:
    """The durable consumer on RADIO through which this gateway pulls its orders; the centre creates it."""
    return f"gateway-{name}"


def gateway_inbox(name: str) -> str:
    """The inbox prefix a gateway must use, so that no other reads its answers."""
    return f"_INBOX_{name}"


def gateway_permissions(name: str, prefixes: Iterable[str] = ("",)) -> Config:
    """What gateway `name` may publish and subscribe.

    `cad.alarm.*.*` and heartbeats are open to every gateway: devices roam between gateways, and an alarm that is refused
    at the door is worse than one that has to be checked. A switchboard is a gateway too: it tells of its own calls. Creating consumers is not: a gateway that could choose where a consumer
    delivers could write to any subject. Its own durable consumer is created by the centre; it may ask about it, pull from
    it and acknowledge.

    Args:
        name: lower-case letters, digits, `-` and `_`, at most 32.
        prefixes: what stands before `cad`, each ending in a dot or empty (the real one and that of exercises).
    """
    consumer = f"{STREAM}.{gateway_consumer(name)}"
    publish = [
        f"$JS.API.CONSUMER.INFO.{consumer}",
        f"$JS.API.CONSUMER.MSG.NEXT.{consumer}",
        f"$JS.ACK.{consumer}.>",
    ]
    subscribe = [f"{gateway_inbox(name)}.>"]
    for prefix in prefixes:
        publish += [
            f"{prefix}cad.fix.{name}",
            f"{prefix}cad.fixb.{name}",
            f"{prefix}cad.alarm.*.*",
            f"{prefix}cad.call_point.*.heartbeat",
            f"{prefix}cad.call.{name}.*",
            f"{prefix}cad.radio.reply.{name}.>",
        ]
        subscribe += [f"{prefix}cad.radio.order.{name}.>", f"{prefix}cad.ack.>"]
    return {"publish": {"allow": publish}, "subscribe": {"allow": subscribe}}


def gateway_user(name: str, public_nkey: str, prefixes: Iterable[str] = ("",)) -> Config:
    """The entry of a gateway in the user list of the centre's account.

    Raises:
        SettingsInvalid: the name or the key is none.
    """
    if not GATEWAY_NAME.fullmatch(name):
        raise SettingsInvalid(
            f"{name!r} can't name a gateway: up to 32 lower-case letters, digits, - and _ are allowed."
        )
    if not PUBLIC_NKEY.fullmatch(public_nkey):
        # Not quoted: it may be the seed, given by mistake.
        raise SettingsInvalid(
            f"What was given for gateway {name} is no public nkey of a user: 56 characters that begin with U."
        )
    return {"nkey": public_nkey, "permissions": gateway_permissions(name, prefixes)}


def server_config(
    port: int,
    store_dir: str,
    passwords: Mapping[str, str],
    gateways: Mapping[str, str],
    prefixes: Iterable[str] = ("",),
) -> str:
    """The whole configuration file; nats-server reads JSON.

    Args:
        port: TCP port on loopback.
        store_dir: where streams lie.
        passwords: of the users `centre` and `system`.
        gateways: public nkey by name.
        prefixes: see `gateway_permissions`.
    """
    wanted = tuple(prefixes)
    users: list[Config] = [{"user": CENTRE, "password": passwords[CENTRE]}]
    users += [gateway_user(name, nkey, wanted) for name, nkey in sorted(gateways.items())]
    config: Config = {
        "server_name": "dispatch110",
        "host": "127.0.0.1",
        "port": port,
        "max_payload": 1_048_576,
        "jetstream": {
            "store_dir": store_dir,
            "sync_interval": "always",  # an acknowledged alarm or reply survives the loss of power
            "max_memory_store": 1 << 30,
            "max_file_store": 16 << 30,
        },
        "accounts": {
            "CAD": {"jetstream": "enabled", "users": users},
            "SYS": {"users": [{"user": "system", "password": passwords["system"]}]},
        },
        "system_account": "SYS",
        "logtime_utc": True,
        "lame_duck_duration": "30s",
    }
    return _written(config)


def with_gateways(text: str, gateways: Mapping[str, str], prefixes: Iterable[str] = ("",)) -> str:
    """A configuration of `server_config` with other gateways."""
    wanted = tuple(prefixes)
    config: Config = msgspec.json.decode(text)
    centre = config["accounts"]["CAD"]["users"][0]
    entries = [gateway_user(name, nkey, wanted) for name, nkey in sorted(gateways.items())]
    config["accounts"]["CAD"]["users"] = [centre, *entries]
    return _written(config)


def _written(config: Config) -> str:
    return msgspec.json.format(msgspec.json.encode(config), indent=2).decode() + "\n"
