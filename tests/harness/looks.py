"""How a page may look: in which language, in which theme. Each page is seen in all four."""

from itertools import product
from typing import Literal

Theme = Literal["dark", "light"]
Language = Literal["zh", "en"]

LANGUAGES: tuple[Language, ...] = ("zh", "en")
THEMES: tuple[Theme, ...] = ("dark", "light")
ALL: tuple[tuple[Language, Theme], ...] = tuple(product(LANGUAGES, THEMES))
