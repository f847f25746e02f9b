"""How a page may look: in which language, in which theme.

A whole run sees each page in all four; a share of it in two, so that each language and each theme is among them.
"""

from itertools import product
from typing import Literal

Theme = Literal["dark", "light"]
Language = Literal["zh", "en"]

LANGUAGES: tuple[Language, ...] = ("zh", "en")
THEMES: tuple[Theme, ...] = ("dark", "light")
ALL: tuple[tuple[Language, Theme], ...] = tuple(product(LANGUAGES, THEMES))
CROSSED: tuple[tuple[Language, Theme], ...] = (("zh", "light"), ("en", "dark"))

chosen = list(ALL)
"""Those of this run."""


def share(part: float) -> None:
    """So much of each long run is run."""
    chosen[:] = ALL if part >= 1 else CROSSED
