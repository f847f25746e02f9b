"""What a random night does beside its incidents: something is said to many and read, an incident is looked back on, actions follow.

Acts of `tests.harness.wandering`, whose Night they are made for.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from dispatch.acts import Principal
from dispatch.after_action.model import AfterActionReview, ReviewAction
from dispatch.broadcasts.model import Audience, Broadcast, Mark
from dispatch.desk import acknowledging, broadcasting, following_up, looking_back, spotting
from dispatch.desk.broadcasting import Writing
from dispatch.work import Work
from incidents.model import IncidentState as S
from tests.harness.town import CITY, NORTH, SOUTH

if TYPE_CHECKING:
    from tests.harness.wandering import Night

type Do = Callable[[Work], Awaitable[object]]


def broadcast(night: "Night", who: Principal) -> Do:
    """Something is said to many, read, linked, said again, put off or called off."""
    rng, text = night.rng, night.text()
    one: Broadcast | None = night.some(night.world.broadcasts)
    if one is None or rng.random() < 0.3:
        return lambda w: broadcasting.write(w, _writing(night, text))
    about = night.incident(S.RECEIVED, S.ON_SCENE)
    chosen: Do = rng.choice(
        [
            lambda w: acknowledging.acknowledge(w, one.id),
            lambda w: acknowledging.acknowledge(w, one.id),
            lambda w: broadcasting.approve(w, one.id),
            lambda w: broadcasting.decline(w, one.id, text),
            lambda w: broadcasting.call_again(w, one.id),
            lambda w: broadcasting.extend(w, one.id, w.now + timedelta(hours=3)),
            lambda w: broadcasting.cancel(w, one.id, text),
            lambda w: broadcasting.notice(w, one.id),
            lambda w: spotting.link(w, one.id, about),
        ]
    )
    return chosen


def _writing(night: "Night", text: str) -> Writing:
    rng = night.rng
    kind: Any = rng.choice(["call", "lookout"])
    return Writing(
        kind=kind, text=text, urgent=rng.random() < 0.3, audience=Audience(rooms=(rng.choice([CITY, NORTH, SOUTH]),)),
        marks=(Mark("plate", "粤B·12345"),) if kind == "lookout" else (), expires_at=night.now + timedelta(hours=2),
        incident_id=night.incident(S.RECEIVED) if rng.random() < 0.3 else None,
    )  # fmt: skip


def look_back(night: "Night", who: Principal) -> Do:
    """An incident is looked back on, or somebody goes on with what follows from that."""
    rng, text, world = night.rng, night.text(), night.world
    review: AfterActionReview | None = night.some([one for one in world.reviews.values() if one.stands])
    action: ReviewAction | None = night.some(world.actions)
    if action is not None and rng.random() < 0.5:
        return _onward(night, action, text)
    if review is None or rng.random() < 0.2:
        id_ = night.incident(S.CLOSED, S.REVIEWED)
        return lambda w: looking_back.open_review(w, id_)
    wanted = following_up.Wanted(
        room_id=rng.choice([NORTH, SOUTH, UUID(int=98)]), text=text, due_at=night.now + timedelta(hours=rng.choice([-1, 1]))
    )  # fmt: skip
    chosen: Do = rng.choice(
        [
            lambda w: looking_back.begin(w, review.id),
            lambda w: looking_back.join(w, review.id),
            lambda w: looking_back.find(w, review.id, looking_back.Seen(kind="cause", text=text)),
            lambda w: following_up.order(w, review.id, wanted),
            lambda w: looking_back.close(w, review.id, text),
            lambda w: looking_back.withdraw(w, review.id),
        ]
    )
    return chosen


def _onward(night: "Night", action: ReviewAction, text: str) -> Do:
    chosen: Do = night.rng.choice(
        [
            lambda w: following_up.finish(w, action.id, text),
            lambda w: following_up.verify(w, action.id, text),
            lambda w: following_up.return_(w, action.id, text, w.now + timedelta(hours=1)),
            lambda w: following_up.drop(w, action.id, text),
        ]
    )
    return chosen
