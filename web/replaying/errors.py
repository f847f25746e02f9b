"""What can be wrong with a replay before its first alarm: one sentence for the person at the command line.

After it, what a single row has wrong is listed and the others go on.
"""


class ReplayRefused(Exception):
    """This file can't be replayed."""

    code = "replay_refused"


class MapRefused(ReplayRefused):
    """The column map can't be used."""

    code = "map_refused"


class FileRefused(ReplayRefused):
    """The file is damaged, or its columns are not those of the map."""

    code = "file_refused"
