"""Reading a request's body: strictly, at most once, and with a sentence that names the field when it will not do.

The first thing that touches an alarm on its way in. Types are the contract: unknown fields, wrong types, numbers that are
none and NUL characters are refused here, before anything is looked up.
"""

import re
import types
import typing
from collections.abc import Generator
from enum import StrEnum
from typing import Any

import msgspec
from litestar.dto import AbstractDTO
from litestar.dto.data_structures import DTOFieldDefinition
from litestar.openapi.spec import Reference, Schema
from litestar.typing import FieldDefinition

from dispatch.errors import Invalid

MAX_BODY_BYTES = 1_000_000

_PATH = re.compile(r" - at `(?:key in )?\$\.?(.*)`$", re.DOTALL)
_FIELD = re.compile(r"^Object (?:missing required|contains unknown) field `(.*)`", re.DOTALL)
_KIND = re.compile(r"`([a-z]+)(?: \| null)?`")
_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
    "uuid": "an id (UUID)",
    "datetime": "a time such as 2026-05-01T08:00:00.000Z",
}


class StrictBody(AbstractDTO[Any]):
    """How Litestar decodes a body here: by msgspec, straight from the bytes, into the type that the handler names."""

    _decoders: typing.ClassVar[dict[str, tuple[Any, msgspec.json.Decoder[Any]]]] = {}

    # What the framework asks of a decoder of bodies; arguments that it hands over and we don't need are marked.

    @classmethod
    def create_for_field_definition(
        cls,
        field_definition: FieldDefinition,
        handler_id: str,
        backend_cls: object = None,  # noqa: ARG003
    ) -> None:
        kind = field_definition.annotation
        cls._decoders[handler_id] = (kind, msgspec.json.Decoder(kind))

    @classmethod
    def create_openapi_schema(
        cls,
        field_definition: FieldDefinition,
        handler_id: str,  # noqa: ARG003
        schema_creator: Any,
    ) -> Reference | Schema:
        described: Reference | Schema = schema_creator.for_field_definition(field_definition)
        return described

    @classmethod
    def is_supported_model_type_field(cls, field_definition: FieldDefinition) -> bool:  # noqa: ARG003
        return False

    @classmethod
    def generate_field_definitions(cls, model_type: type[Any]) -> Generator[DTOFieldDefinition]:  # noqa: ARG003
        yield from ()

    @classmethod
    def detect_nested_field(cls, field_definition: FieldDefinition) -> bool:  # noqa: ARG003
        return False

    def decode_bytes(self, value: bytes) -> Any:
        kind, decoder = self._decoders[self.asgi_connection.route_handler.handler_id]
        return decode(value, kind, decoder)


def decode(body: bytes, kind: Any, decoder: "msgspec.json.Decoder[Any] | None" = None) -> Any:
    """The body as a value of this type; an empty one counts as an empty object. Raises Invalid naming the field."""
    try:
        value = (decoder or msgspec.json.Decoder(kind)).decode(body or b"{}")
        has_nul = b"\\u0000" in body and "\0" in _strings(msgspec.json.decode(body))
    except msgspec.ValidationError as wrong:
        raise _said(str(wrong), kind) from wrong
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
        raise Invalid(f"The body is not JSON in UTF-8: {broken}.") from broken
    if has_nul:
        raise Invalid("A text contains a NUL character, which cannot be stored; send it without.")
    return value


def _strings(value: object) -> str:
    """All texts of a decoded value, one after the other."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "".join(_strings(part) for pair in value.items() for part in pair)
    return "".join(map(_strings, value)) if isinstance(value, list) else ""


def _said(message: str, kind: Any) -> Invalid:
    """msgspec's message as a sentence, with the field in the words of the contract."""
    path = _PATH.search(message)
    where = path.group(1) if path else ""
    plain = message[: path.start()] if path else message
    named = _FIELD.match(plain)
    if named:
        field = f"{where}.{named.group(1)}" if where else named.group(1)
        fault = "is missing" if "missing" in plain else "is not known here"
        return Invalid(f"The field {field[:200]} {fault}.", field=field[:200])
    plain = _KIND.sub(lambda found: _KINDS.get(found.group(1), found.group(1)), plain)
    allowed = _choices(kind, where) if plain.startswith("Invalid enum value") else ()
    if allowed:
        plain = f"it is one of {', '.join(allowed)}"
    subject = f"The field {where}" if where else "The body"
    return Invalid(f"{subject} can't be used: {plain[:300]}.", field=where or None)


def _choices(kind: Any, where: str) -> tuple[str, ...]:
    """The values that a Literal or enum allows at this path; empty when it can't be told."""
    for part in re.split(r"[.\[]", where):
        if part.endswith("]"):
            kind = next(iter(typing.get_args(_plain(kind))), None)
            continue
        owner = _plain(kind)
        if not isinstance(owner, type) or not issubclass(owner, msgspec.Struct):
            return ()
        kind = typing.get_type_hints(owner).get(part)
    kind = _plain(kind)
    if typing.get_origin(kind) is typing.Literal:
        return tuple(map(str, typing.get_args(kind)))
    return tuple(map(str, kind)) if isinstance(kind, type) and issubclass(kind, StrEnum) else ()


def _plain(kind: Any) -> Any:
    """The type without aliases, `| None` and `| UnsetType`."""
    while isinstance(kind, typing.TypeAliasType):
        kind = kind.__value__
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        rest = [a for a in typing.get_args(kind) if a not in (type(None), msgspec.UnsetType)]
        return _plain(rest[0]) if rest else kind
    return kind
