"""Real files that are too large or not ours to keep beside the code.

The folder is named by DISPATCH_SHARED_DATA; without it a folder `shared/data` beside the checkout is taken if there is one.
"""

import os
from pathlib import Path

ROOT = Path(__file__).parents[2]
VARIABLE = "DISPATCH_SHARED_DATA"
MISSING = f"the shared data are not here: set {VARIABLE} to their folder to run this test"


def shared_data_folder() -> Path | None:
    """Where the real files lie; None when they are not here."""
    named = os.environ.get(VARIABLE)
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    return folder if folder.is_dir() else None
