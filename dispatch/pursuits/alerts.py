"""Borders a pursuit crosses as alerts of its incident: a room may take part, one above may take command. They wait for no timer.

Each ends by an act: who takes part, takes command or declines is left in peace.
"""

from uuid import UUID

from dispatch.instants import instant
from dispatch.shown import AlertShown, AlertWords
from dispatch.waiting import LANGUAGES, Spoken, room_said
from incidents.model import Incident

BOUNDARY, OFFER = "pursuit_entered", "command_offered"
SAYS = {
    BOUNDARY: ("追堵进入{room}辖区，可加入协同", "the pursuit has entered the area of {room}: take part"),
    OFFER: (
        "追堵已越第二个辖区，请{room}接管指挥",
        "the pursuit has crossed a second boundary: {room} may take command",
    ),
}


def pursuit_alerts(i: Incident, spoken: Spoken) -> tuple[AlertShown, ...]:
    """Rooms into whose area it came and that have not joined; the room that may take command and has not. Each ends by an act."""
    p = i.pursuit
    if p is None or p.ended_at is not None:
        return ()
    told = [_alert(BOUNDARY, i, one.room_id, one.at, spoken) for one in p.entered if one.joined_at is None]
    offered = p.offer
    if offered is not None and offered.declined_at is None and i.command_room_id != offered.room_id:
        told.append(_alert(OFFER, i, offered.room_id, offered.at, spoken))
    return tuple(told)


def _alert(rule: str, i: Incident, room_id: UUID, at: int, spoken: Spoken) -> AlertShown:
    names = room_said(spoken, room_id)
    said = {
        lang: AlertWords(text.format(room=names[lang]), names[lang], None)
        for lang, text in zip(LANGUAGES, SAYS[rule], strict=True)
    }
    since = instant(at)
    return AlertShown(rule, said["zh"].what, names["zh"], since, since, "incident", i.id, said, room=room_id)
