"""The foot of every page: what it is, when it was printed, and which page of how many.

How many there are is known only at the end, so that all pages are kept until then.
"""

import re
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from web.printing.words import Lang, word

_SIZE = 8
_LATIN = re.compile(r"([!-~][ -~]*)")


def _runs(said: str, font: str) -> list[tuple[str, str, float]]:
    """Parts with the face each is set in and its width: Latin stands in a Latin face here too."""
    faces = [(part, "Helvetica" if _LATIN.match(part) else font) for part in _LATIN.split(said) if part]
    return [(part, face, stringWidth(part, face, _SIZE)) for part, face in faces]


class _Numbered(Canvas):
    """A canvas that writes its foot when the last page is known."""

    foot: tuple[str, str, Lang]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kept: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802  # its name in reportlab
        self._kept.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]  # the stubs leave it out

    def save(self) -> None:
        """Every page with its number, then the end of the file."""
        font, said, lang = self.foot
        for n, page in enumerate(self._kept, 1):
            self.__dict__.update(page)
            self._set(18 * mm, said, font)
            of = word(lang, "page", n=str(n), of=str(len(self._kept)))
            self._set(A4[0] - 18 * mm - sum(width for _, _, width in _runs(of, font)), of, font)
            super().showPage()
        super().save()

    def _set(self, x: float, said: str, font: str) -> None:
        line = self.beginText(x, 10 * mm)
        for part, face, _ in _runs(said, font):
            line.setFont(face, _SIZE)
            line.textOut(part)
        self.drawText(line)


def numbered(font: str, said: str, language: Lang, /, *args: Any, **kwargs: Any) -> Canvas:
    """A canvas with this foot."""
    canvas = _Numbered(*args, **kwargs)
    canvas.foot = (font, said, language)
    return canvas
