"""How a name is typed: pinyin for Chinese characters, plain lower-case Latin for the rest, and the initials of both.

Between the names of a map and what a call-taker types. 车公庙 becomes chegongmiao and cgm, so that a wrong character
that sounds alike still finds the place, and whatever compares spellings needs to know no characters.
"""

import re
import unicodedata
from collections.abc import Iterable

# Word breaks of a spelling: between Chinese and Latin letters there is none, since people type none.
_RUNS = re.compile(r"(?P<chinese>[\u3400-\u9fff\U00020000-\U0003ffff]+)|(?P<latin>[a-z]+)|(?P<digits>[0-9]+)")
_NO_MARK = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d", "þ": "th"})
_SHORT = {
    "st": "street", "str": "street", "rd": "road", "ave": "avenue", "av": "avenue", "blvd": "boulevard", "dr": "drive",
    "ln": "lane", "hwy": "highway", "sq": "square", "pl": "place", "stn": "station", "bldg": "building", "ctr": "center",
    "centre": "center", "n": "north", "s": "south", "e": "east", "w": "west", "ct": "court", "expy": "expressway",
}  # fmt: skip


def folded(text: str) -> str:
    """The text as it is compared: compatible forms (NFKC), lower case, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def spelling(text: str) -> str:
    """The text in a to z, digits and single spaces; empty when nothing of it can be typed so.

    Usual abbreviations of English addresses are written out, except at the beginning: St Mary's is no street.
    """
    words = " ".join(_typed(text)).split()
    return " ".join(_SHORT.get(word, word) if n else word for n, word in enumerate(words))


def initials(text: str) -> str:
    """The first letter of every syllable or word; numbers stay whole. Empty for less than two letters."""
    letters: list[str] = []
    for run in _RUNS.finditer(_plain(text)):
        if run["chinese"]:
            letters += [syllable[0] for syllable in _syllables(run["chinese"])]
        else:
            letters.append(run["digits"] or run["latin"][0])
    return "".join(letters) if len(letters) > 1 else ""


def spellings(names: Iterable[str]) -> str:
    """Every spelling of some names, each between bars: |chegongmiao|chegongmiao station|. Empty when there is none.

    绿 is lv on a keyboard and lu in the eyes of many: both are there.
    """
    told: dict[str, None] = {}
    for name in names:
        typed = spelling(name)
        also = typed.replace("v", "u") if has_chinese(name) else typed
        told |= dict.fromkeys(filter(None, (typed, also)))
    return f"|{'|'.join(told)}|" if told else ""


def has_chinese(text: str) -> bool:
    """Whether Chinese characters are in it."""
    return any(run["chinese"] for run in _RUNS.finditer(text))


def _plain(text: str) -> str:
    bare = unicodedata.normalize("NFKD", folded(text))
    letters = "".join(char for char in bare if not unicodedata.combining(char)).translate(_NO_MARK)
    return re.sub(r"(?<=[a-z])['\u2019.](?=[a-z]|$)", "", letters)  # Mary's, St.


def _typed(text: str) -> list[str]:
    """Runs of letters, those that touch each other joined."""
    words: list[str] = []
    end = -1
    for run in _RUNS.finditer(_plain(text)):
        said = "".join(_syllables(run["chinese"])) if run["chinese"] else run[0]
        if run.start() == end:
            words[-1] += said
        else:
            words.append(said)
        end = run.end()
    return words


def _syllables(chinese: str) -> list[str]:
    from pypinyin import lazy_pinyin  # spares a replica that comes back 0.25 s

    read: list[str] = lazy_pinyin(chinese, errors="ignore")
    return read
