"""The AsyncAPI 3.0 document at `/schema/asyncapi.json`: the NATS side of the contract, from the table of subjects.

Whoever writes a gateway or follows the events starts here.
"""

import re
from typing import Any

import msgspec

from dispatch.subjects import SUBJECTS, Subject

REF = "#/components/schemas/{name}"
_ACTION = {"in": ("receive",), "out": ("send",), "between": ("send", "receive")}


def document() -> dict[str, Any]:
    """AsyncAPI 3.0.0 (https://www.asyncapi.com/docs/reference/specification/v3.0.0), seen from the centre."""
    payloads = [subject.payload for subject in SUBJECTS if subject.payload is not None]
    schemas = msgspec.json.schema_components(payloads, ref_template=REF)
    by_type = dict(zip(payloads, schemas[0], strict=True))
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Dispatch 110 on NATS",
            "version": "1",
            "description": "A prefix from the settings stands before `cad`. Streams are JetStream; the rest is core NATS.",
        },
        "defaultContentType": "application/json",
        "channels": {subject.name: _channel(subject, by_type) for subject in SUBJECTS},
        "operations": {
            f"{action}_{subject.name}": {
                "action": action,
                "channel": {"$ref": f"#/channels/{subject.name}"},
                "summary": subject.text,
            }
            for subject in SUBJECTS
            for action in _ACTION[subject.direction]
        },
        "components": {"schemas": schemas[1]},
    }


def _channel(subject: Subject, by_type: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    message: dict[str, Any] = {"name": subject.name, "contentType": subject.content, "summary": subject.text}
    if subject.payload is not None:
        message["payload"] = by_type[subject.payload]
    parameters: dict[str, Any] = {name: {} for name in re.findall(r"{(\w+)}", subject.address)}
    return {
        "address": subject.address,
        "description": subject.text + (f" Kept in the stream {subject.stream}." if subject.stream else ""),
        "parameters": parameters,
        "messages": {subject.name: message},
    }
