"""What stands in a vector tile, told by tippecanoe's own reader: layer -> attributes of its features, and their shapes."""

import subprocess
from pathlib import Path
from typing import Any

import msgspec

from geo.tiling import TILES_FILE, program

type Decoded = dict[str, list[dict[str, Any]]]


def decoded(bundle: Path, zoom: int, x: int, y: int) -> Decoded:
    """Layer -> GeoJSON features of one tile of a bundle; nothing where there is no tile."""
    reader = Path(program()).with_name("tippecanoe-decode")
    told = subprocess.run(
        [reader, "-f", bundle / TILES_FILE, str(zoom), str(x), str(y)], capture_output=True, check=True
    )
    if not told.stdout.strip():
        return {}
    layers = msgspec.json.decode(told.stdout)["features"]
    return {layer["properties"]["layer"]: layer["features"] for layer in layers}


def attributes(tile: Decoded, layer: str) -> list[dict[str, Any]]:
    """The attributes of every feature of a layer."""
    return [feature["properties"] for feature in tile.get(layer, [])]
