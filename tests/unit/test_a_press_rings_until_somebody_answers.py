"""Press promise: whatever happens in whatever order, every press is counted, and it rings until answered or let pass by all."""

from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from incidents import commands as c
from incidents import events as e
from incidents.call_points.presses import RING_AGAIN_MS, Press, Ring
from incidents.errors import AlreadyAnswered
from incidents.lifecycle import decide, evolve
from incidents.model import Incident

ID, ALARM, STATION, CITY = (UUID(int=n) for n in range(1, 5))
START = 1_483_228_800_000

acts = st.lists(
    st.one_of(
        st.tuples(st.just("press"), st.integers(0, 2 * RING_AGAIN_MS)),
        st.tuples(st.sampled_from(["spoken", "silent"]), st.integers(0, 20_000)),
        st.tuples(st.just("let pass"), st.integers(0, 20_000)),
        st.tuples(st.just("late timer"), st.integers(0, 20_000)),
    ),
    max_size=25,
)


def opened() -> Incident:
    fact = e.Opened(
        number="J170101-0001", priority=2, room_id=STATION, times={"ringing": START, "entered": START},
        opened_at=datetime(2017, 1, 1, tzinfo=UTC), alarm_id=ALARM, labels=("unverified",),
        press=Press(alarm_id=ALARM, at=START, ring=Ring(STATION, START)),
    )  # fmt: skip
    return evolve(None, ID, fact)


def told(incident: Incident, command: c.Command) -> Incident:
    for fact in decide(incident, command):
        incident = evolve(incident, ID, fact)
    return incident


def command(incident: Incident, act: str, at: int) -> c.Command:
    press = incident.press
    assert press is not None
    match act:
        case "press":
            return c.PressAgain(alarm_id=ALARM, at=at, now=at, room_id=STATION, labels=("repeated",))
        case "spoken" | "silent":
            return c.AnswerPress(
                by="anna", room_id=CITY, at=at, outcome="spoken" if act == "spoken" else "silent"
            )
        case _:
            since = press.ring.since if press.ring is not None and act == "let pass" else START - 1
            above = (CITY,) if press.ring is not None and press.ring.room_id == STATION else ()
            return c.PassRingOn(since=since, at=at, rooms=above)


@given(acts)
def test_every_press_counts_and_states_follow_each_other(steps: list[tuple[str, int]]) -> None:
    incident, now, pressed = opened(), START, 1
    for act, pause in steps:
        now += pause
        before = incident
        try:
            incident = told(incident, command(incident, act, now))
        except AlreadyAnswered:
            assert before.press is not None
            assert before.press.answer is not None
            continue
        pressed += act == "press"
        press, was = incident.press, before.press
        assert press is not None
        assert was is not None
        assert press.count == pressed
        assert press.at >= was.at
        if act in ("spoken", "silent"):
            assert press.state == "answered"
            assert incident.times["answered"] >= START
            assert "unanswered" not in incident.labels
            assert ("unverified" in incident.labels) == (act == "silent" and "unverified" in before.labels)
        elif act == "late timer":
            assert incident == before
        elif act == "let pass" and was.ring is not None:
            assert press.state == ("ringing" if was.ring.room_id == STATION else "unanswered")
            known = (
                "unanswered" in before.labels
            )  # said of it until somebody answers, also while it rings again
            assert ("unanswered" in incident.labels) == (press.state == "unanswered" or known)
        elif act == "press" and was.state == "answered":
            assert was.answer is not None
            assert (press.state == "ringing") == (now - was.answer.at > RING_AGAIN_MS)
        elif act == "press":
            assert press.state == "ringing"
        assert len(set(incident.labels)) == len(incident.labels)
