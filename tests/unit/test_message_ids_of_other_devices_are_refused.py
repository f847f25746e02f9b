"""Two devices that both count 1, 2, 3 must not swallow each other's alarms: an id is a UUID or counts for its own device."""

import pytest

from dispatch.runtime.streams import gateway_of, msg_id_problem, senders

UUID_TEXT = "01912345-6789-7abc-8def-0123456789ab"


@pytest.mark.parametrize(
    "msg_id", [UUID_TEXT, UUID_TEXT.upper(), "post-7:boot-3:0", "post-7:2017-01-01T00.00:42"]
)
def test_a_uuid_or_a_count_of_the_device_is_accepted(msg_id: str) -> None:
    assert msg_id_problem(msg_id, ["post-7"]) is None


@pytest.mark.parametrize(
    "msg_id",
    ["", None, "1", "17", "post-7:1", "post-8:boot:1", "post-7:boot:x", "post-7:boot:1:2", "post-7::1",
     "post-7:bo ot:1", UUID_TEXT + "0", "post-7:boot:" + "1" * 21],
)  # fmt: skip
def test_anything_else_is_refused_with_a_reason(msg_id: str | None) -> None:
    problem = msg_id_problem(msg_id, ["post-7"])
    assert problem is not None
    assert problem.endswith(".")


@pytest.mark.parametrize(
    ("subject", "devices", "gateway"),
    [
        ("cad.alarm.call_point.post-7", ["post-7"], "post-7"),
        ("cad.call.acd1.line4", ["acd1", "line4"], "acd1"),
        ("cad.radio.reply.tetra.118", ["tetra", "118"], "tetra"),
        ("cad.fix.tetra", ["tetra"], "tetra"),
        ("cad.alarm.panel", [], "unknown"),
    ],
)
def test_who_may_count_and_whose_quarantine_it_is(subject: str, devices: list[str], gateway: str) -> None:
    assert list(senders(subject)) == devices
    assert gateway_of(subject) == gateway
