"""Bay cities drawn once a session: their two files, and what is read from them."""

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
    folder = Path(mkdtemp(prefix="dispatch110-bay-"))
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
