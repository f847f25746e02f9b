"""What can be refused when the two are brought together; docstrings are the default sentences, codes are stable.

`web.errors` maps them to HTTP; radio replies are refused with the same sentences.
"""


class DispatchError(Exception):
    """Dispatch refused this."""

    code = "dispatch_error"

    def __init__(self, message: str | None = None, **details: object) -> None:
        super().__init__(message or type(self).__doc__ or self.code)
        self.details = details


class NotFound(DispatchError):
    """There is no such thing, or this seat may not see it."""

    code = "not_found"


class NotAllowed(DispatchError):
    """This role may not do that in any state."""

    code = "not_allowed"


class NotNow(DispatchError):
    """This role may not do that in the present state."""

    code = "not_in_this_state"


class Invalid(DispatchError):
    """Something in the request is not valid."""

    code = "invalid"


class KeyReused(DispatchError):
    """This Idempotency-Key was used before with another body or other parameters; take a new key for a new act."""

    code = "key_reused"


class Behind(DispatchError):
    """Someone else changed this since you read it; read it again."""

    code = "behind"


class UnitTaken(DispatchError):
    """Another incident already holds this unit."""

    code = "unit_taken"


class UnitPromised(DispatchError):
    """This unit stands at another post at that time."""

    code = "unit_promised"


class UnitUnavailable(DispatchError):
    """This unit cannot be ordered now."""

    code = "unit_unavailable"


class PreemptionRefused(DispatchError):
    """This unit's job is too urgent to be given up for that."""

    code = "preemption_refused"


class RecommendationChanged(DispatchError):
    """What the recommendation showed has changed since."""

    code = "recommendation_changed"


class AssignmentOver(DispatchError):
    """This assignment is over."""

    code = "assignment_over"


class NoRoads(DispatchError):
    """No roads are known here, so nobody can say how far units get; give this centre a city whose map has roads."""

    code = "no_roads"


class BadClaim(DispatchError):
    """The claimed time is not possible."""

    code = "bad_claim"


class FormTaken(DispatchError):
    """A form with this number was keyed in before, and something else stood on it."""

    code = "form_taken"


class FormsRefused(DispatchError):
    """Some of these forms can't be keyed in, so none was."""

    code = "forms_refused"


class RosterRefused(DispatchError):
    """Some rows of this roster can't be used, so nothing was changed."""

    code = "roster_refused"


class FactsRefused(DispatchError):
    """Some rows of this list can't be used, so nothing was changed."""

    code = "facts_refused"


class SeatTaken(DispatchError):
    """Somebody sits at this seat."""

    code = "seat_taken"


class NotSeated(DispatchError):
    """Nobody sits at this seat, or somebody else does."""

    code = "not_seated"


class HandOverChanged(DispatchError):
    """What stands has changed since it was on your screen."""

    code = "handover_changed"


class Unread(DispatchError):
    """Something of this was not read yet."""

    code = "unread"


class DraftHeld(DispatchError):
    """Another seat has this draft and answers."""

    code = "draft_held"


class DraftOver(DispatchError):
    """This draft was sent or discarded."""

    code = "draft_over"


class StillOpen(DispatchError):
    """Something of this incident is still open."""

    code = "still_open"


class Unavailable(DispatchError):
    """The database cannot be reached just now; the act was not accepted, send it again with the same key."""

    code = "unavailable"
