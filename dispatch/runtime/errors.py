"""What can go wrong at the edge, said so that the person at the machine knows what to do.

Everything here is raised before an alarm is taken in or while the servers beneath it are started; the command line prints
the sentence and ends with status 2, without a traceback.
"""

import inspect


class RuntimeFault(Exception):
    """Something beneath the centre failed."""

    code = "runtime_fault"

    def __init__(self, text: str | None = None) -> None:
        super().__init__(text or inspect.cleandoc(type(self).__doc__ or ""))


class RuntimeRefused(RuntimeFault):
    """This can't be started as asked."""

    code = "runtime_refused"


class SettingsInvalid(RuntimeRefused):
    """A setting is missing or has a value that can't be used."""

    code = "settings_invalid"


class DataRefused(RuntimeRefused):
    """The data directory can't be used."""

    code = "data_refused"


class DataBusy(DataRefused):
    """Another process already works on this data directory."""

    code = "data_busy"


class DatabaseUnreachable(RuntimeRefused):
    """The database can't be reached."""

    code = "database_unreachable"


class SchemaRefused(RuntimeRefused):
    """The schema of the database doesn't fit this program."""

    code = "schema_refused"


class ChildFailed(RuntimeFault):
    """A server beneath the centre ended again and again."""

    code = "child_failed"
