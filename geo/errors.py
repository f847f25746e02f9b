"""What can be wrong with a place; each class's docstring is its default sentence.

`code` is stable and part of the public interface; `web.errors` maps the classes to HTTP. They are ValueErrors, so that
msgspec names the field when a position is refused while an alarm is being decoded.
"""


class GeoError(ValueError):
    """This place cannot be used."""

    code = "geo_error"

    def __init__(self, message: str | None = None, **details: object) -> None:
        super().__init__(message or type(self).__doc__ or self.code)
        self.details = details


class BadPosition(GeoError):
    """A position needs a longitude from -180 to 180 and a latitude from -90 to 90, in degrees."""

    code = "bad_position"


class UnknownDatum(GeoError):
    """The datum is none of WGS84, CGCS2000, GCJ02, BD09."""

    code = "unknown_datum"


class BadCell(GeoError):
    """This is not an H3 cell; give the 15 hexadecimal digits of a cell of resolution 0 to 15."""

    code = "bad_cell"


class BadArea(GeoError):
    """This is not a usable area; give a valid GeoJSON Polygon or MultiPolygon in WGS-84 degrees."""

    code = "bad_area"


class NoArea(GeoError):
    """No jurisdiction is loaded for this trade; import at least one polygon for it."""

    code = "no_area"


class BadMap(GeoError):
    """This file is not a readable OpenStreetMap extract (.osm, .osm.pbf, .osm.gz)."""

    code = "bad_map"


class BadBundle(GeoError):
    """This folder is not a usable city bundle; build it anew with `dispatch110 city build`."""

    code = "bad_bundle"
