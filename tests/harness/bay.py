"""Bay cities drawn once a session: their two files, and what is read from them."""

import atexit
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from dispatch.seeds.bay.files import write_bay
from dispatch.seeds.city import City
from dispatch.seeds.reading import map_of, read_city
from geo.osm import Extract

UNITS = 200


@cache
def drawn(seed: int) -> Path:
    """The folder of the city of this seed."""
    folder = folder_of_this_run("bay")
    write_bay(folder, seed)
    return folder


@cache
def city(seed: int, units: int = UNITS) -> City:
    """What is put into an empty centre."""
    return read_city(drawn(seed), units, seed, "demo")


@cache
def extract(seed: int) -> Extract:
    """Its map."""
    return map_of(drawn(seed))


def folder_of_this_run(what: str) -> Path:
    """An empty folder that is gone when this process ends."""
    folder = Path(mkdtemp(prefix=f"dispatch110-{what}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
