"""The foot of every page: what it is, when it was printed, and which page of how many.

How many there are is known only at the end, so that all pages are kept until then.
"""

from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from web.printing.words import Lang, word


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
            self.setFont(font, 8)
            self.drawString(18 * mm, 10 * mm, said)
            self.drawRightString(
                A4[0] - 18 * mm, 10 * mm, word(lang, "page", n=str(n), of=str(len(self._kept)))
            )
            super().showPage()
        super().save()


def numbered(font: str, said: str, language: Lang, /, *args: Any, **kwargs: Any) -> Canvas:
    """A canvas with this foot."""
    canvas = _Numbered(*args, **kwargs)
    canvas.foot = (font, said, language)
    return canvas
