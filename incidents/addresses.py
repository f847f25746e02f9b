"""The words of an address, so that two people who describe one place differently are still heard as one.

Used while an alarm is typed, before anyone has found the place on the map: Chinese addresses are cut after their
units (路, 街, 号, 小区 ...), others at spaces; words that name no place are left out.
"""

import re
import unicodedata

MOST_WORDS = 16
_READ_CHARACTERS = 200
_HAN_PIECE = re.compile(
    r"[0-9a-z一-鿿㐀-䶿]+?"
    r"(?:特别行政区|自治区|街道|大道|大街|公路|高速|胡同|小区|社区|花园|大厦|广场|中心|公司|酒店|医院|学校|市场|公园|地铁站|车站"
    r"|省|市|区|县|镇|乡|村|路|街|巷|里|弄|道|桥|站|苑|园|城|号楼|号|栋|幢|座|楼|层|单元|室|门口?|口)"
)
_RUN = re.compile(r"[0-9a-z一-鿿㐀-䶿]+")
_HAN = re.compile(r"[一-鿿㐀-䶿]")
_NUMBER = re.compile(r"[0-9]+[a-z]?")
_NAMES_NO_PLACE = re.compile(
    r"附近|旁边?|对面|门口?|口|里面|路口|楼[上下]|[东西南北正后]门"
    r"|the|a|of|at|on|in|near|by|and|block|street|st|road|rd|avenue|ave?|blvd|boulevard|drive|dr|lane|ln|way|place|pl"
    r"|court|ct|no|number|city"
    # A province, town or district holds thousands of places: two alarms that share it share nothing.
    r"|.+(?:省|市|自治区|特别行政区|(?<![小社])区|县|镇|乡|街道)"
)


def address_words(text: str | None) -> frozenset[str]:
    """The words of an address that can tell one place from another, at most 16; empty for none.

    Read are its first 200 characters. House numbers keep their digits only, so that 1001号 and No. 1001 are one word.
    """
    words: list[str] = []
    for run in _RUN.findall(unicodedata.normalize("NFKC", (text or "")[:_READ_CHARACTERS]).casefold()):
        words += _han_words(run) if _HAN.search(run) else [run]
    kept = [word for word in map(_plain, words) if word and not _NAMES_NO_PLACE.fullmatch(word)]
    return frozenset(kept[:MOST_WORDS])


def is_number(word: str) -> bool:
    """Whether the word is a house number: it narrows a street down but names no place alone."""
    return "0" <= word[:1] <= "9" and _NUMBER.fullmatch(word) is not None


def overlap(
    one: frozenset[str] | set[str], other: frozenset[str] | set[str]
) -> tuple[float, tuple[str, ...]]:
    """How far two addresses agree, 0 to 1, and the words they share, sorted.

    The share of the shorter address that stands in the longer one; halved when both give house numbers and none
    agrees; 0 when nothing but numbers agrees.
    """
    shared = one & other
    if not shared or not any(not is_number(word) for word in shared):
        return 0.0, ()
    agreement = len(shared) / min(len(one), len(other))
    numbers = {word for word in one if is_number(word)}, {word for word in other if is_number(word)}
    if all(numbers) and not numbers[0] & numbers[1]:
        agreement /= 2
    return agreement, tuple(sorted(shared))


def _han_words(run: str) -> list[str]:
    pieces = _HAN_PIECE.findall(run)
    rest = run[sum(map(len, pieces)) :]
    return [*pieces, rest]


def _plain(word: str) -> str:
    digits = re.match(r"([0-9]+[a-z]?)(?:号楼|号|栋|幢|座|楼|层|单元|室)$", word)
    return digits[1] if digits else word
