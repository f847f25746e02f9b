"""What can be refused about an alarm or an incident; each class's docstring is its default sentence.

`code` is stable and part of the public interface; `web.errors` maps the classes to HTTP.
"""


class IncidentError(Exception):
    """The incident refused this."""

    code = "incident_error"

    def __init__(self, message: str | None = None, **details: object) -> None:
        super().__init__(message or type(self).__doc__ or self.code)
        self.details = details


class NotInThisState(IncidentError):
    """The incident is not in a state that allows this."""

    code = "not_in_this_state"


class NothingRings(IncidentError):
    """There is no press of a call point here to answer."""

    code = "nothing_rings"


class AlreadyAnswered(IncidentError):
    """Somebody else answered this press."""

    code = "already_answered"


class NobodyFollows(IncidentError):
    """This incident was not raised to your room."""

    code = "nobody_follows"


class MergeRefused(IncidentError):
    """These incidents cannot be merged."""

    code = "merge_refused"


class NotYetComplete(IncidentError):
    """Something the type demands is still missing."""

    code = "not_yet_complete"


class NoPursuit(IncidentError):
    """This incident is not moving."""

    code = "no_pursuit"


class RingBackBlocked(IncidentError):
    """This caller may not be rung back."""

    code = "ring_back_blocked"


class RingBackOwed(IncidentError):
    """A silent or abandoned call is void only after the caller was rung back."""

    code = "ring_back_owed"


class UnknownType(IncidentError):
    """This type is not in the type tree."""

    code = "unknown_type"


class BadClaim(IncidentError):
    """The claimed time is not possible."""

    code = "bad_claim"
