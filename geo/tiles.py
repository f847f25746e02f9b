"""A city's vector tiles as they lie in one PMTiles file (github.com/protomaps/PMTiles, version 3), read straight from it.

What `tiling` cut when the bundle was built. Nothing is unpacked here: a tile goes out as it is stored, gzip.
"""

from pathlib import Path
from typing import Any

import msgspec
from pmtiles.reader import MmapSource, Reader
from pmtiles.tile import Compression, MagicNumberNotFound, SpecVersionUnsupported, TileType

from geo.errors import BadMap


class Tiles:
    """Open with the file; `get` the tiles. lowest, highest: the zooms there are."""

    def __init__(self, path: Path) -> None:
        try:
            with path.open("rb") as file:
                self._reader = _reader(file)  # its mapping outlives the file's descriptor
            self._header: dict[str, Any] = self._reader.header()
        except OSError as missing:
            raise BadMap(f"The tiles {path} can't be read: {missing.strerror}.") from missing
        except (ValueError, IndexError, MagicNumberNotFound, SpecVersionUnsupported) as damaged:
            raise BadMap(
                f"The tiles {path} are damaged ({type(damaged).__name__}); build the city anew."
            ) from damaged
        if self._header["tile_type"] != TileType.MVT or self._header["tile_compression"] != Compression.GZIP:
            raise BadMap(f"The tiles {path} are not gzipped vector tiles; build the city anew.")

    @property
    def lowest(self) -> int:
        """The lowest zoom."""
        return int(self._header["min_zoom"])

    @property
    def highest(self) -> int:
        """The highest zoom; beyond it a map draws these larger."""
        return int(self._header["max_zoom"])

    @property
    def layers(self) -> tuple[str, ...]:
        """The names of the layers, in order of the alphabet."""
        told = self._reader.metadata().get("vector_layers", [])
        return tuple(sorted(msgspec.convert([layer["id"] for layer in told], list[str])))

    def get(self, zoom: int, x: int, y: int) -> bytes | None:
        """One tile, gzipped; None where nothing is drawn, and beyond the zooms there are."""
        side = 1 << max(0, min(zoom, 30))
        if not (self.lowest <= zoom <= self.highest and 0 <= x < side and 0 <= y < side):
            return None
        found: bytes | None = self._reader.get(zoom, x, y)
        return found


def _reader(file: Any) -> Any:
    return Reader(MmapSource(file))  # type: ignore[no-untyped-call]
