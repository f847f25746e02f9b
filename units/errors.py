"""What can be refused about a unit; each class's docstring is its default sentence, `code` is stable.

The doors show the sentence and the code, whichever way the unit was asked.
"""


class UnitError(Exception):
    """The unit refused this."""

    code = "unit_error"

    def __init__(self, message: str | None = None, **details: object) -> None:
        super().__init__(message or type(self).__doc__ or self.code)
        self.details = details


class UnitNotInThisState(UnitError):
    """The unit's duty does not allow this."""

    code = "unit_not_in_this_state"


class UnitHasOpenJob(UnitError):
    """The unit still has an open job; let it clear or be relieved first."""

    code = "unit_has_open_job"
