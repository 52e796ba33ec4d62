"""Spellings of numbers, dates, times and URLs: the same datum gives the same value in each. Pure."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from urllib.parse import quote, unquote

THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d,])")
"""A number whose digits are grouped by commas."""
DECIMAL_COMMA = re.compile(r"(?<![\d.,])(?:\d{1,3}(?:[ .'\u00a0\u202f]\d{3}){1,4}|\d+),\d{1,4}(?![\d,.])")
"""A number with a decimal comma, its digits perhaps grouped."""
COMMA = re.compile(r",(?<=\d,)\d")
"""What both have: most commas of most texts have no digits around them."""
GROUPS = re.compile(r"[ .'\u00a0\u202f]")
DAY_FIRST = re.compile(r"(\d{1,2})([./])(\d{1,2})\2(\d{4})")
YEAR_FIRST = re.compile(r"(\d{4})([/-])(\d{1,2})\2(\d{1,2})")
TIME = re.compile(r"\d{4}-\d\d-\d\dt\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:z|[+-]\d\d:?\d\d)?")
MAILBOX = re.compile(r"<([^<>@\s=\"']+@[^<>@\s=\"']+)>")
"""An address in angle brackets (RFC 5322 §3.4), which is no tag."""
WITHOUT_STROKE = str.maketrans("øØłŁđĐıħ", "oOlLdDih")
"""Letters that Unicode does not decompose."""
SHORTEST, LONGEST_DATE = len("1.1.2026"), len("01.01.2026")
MILLISECONDS = re.compile(r"1\d{9}000")
"""Seconds since 1970 in milliseconds, of the years 2001 to 2033."""

RESERVED = re.compile(r"[^A-Za-z0-9._~-]+")
"""What percent-encoding replaces (RFC 3986 §2.3)."""

MOST_ENCODINGS = 3


def composed(text: str) -> str:
    """Return a text with one code point for each letter (Unicode's form NFKC): some systems write two for ``é``."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def without_marks(text: str) -> str:
    """Return a text without the marks at its letters (Unicode's form NFD), as slugs have it: ``bjorgard``."""
    parts = unicodedata.normalize("NFD", text.translate(WITHOUT_STROKE))
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


def numbers_with_commas(text: str) -> Iterator[str]:
    """Yield each number of a text that has commas, without these."""
    if COMMA.search(text):
        yield from (number.replace(",", "") for number in THOUSANDS.findall(text))
        yield from (GROUPS.sub("", number).replace(",", ".") for number in DECIMAL_COMMA.findall(text))


def plain_time(word: str) -> str:
    """Return a date as in RFC 3339, a time as seconds since 1970, and any other lower-case word as it is."""
    if not word[:1].isdigit() or len(word) < SHORTEST or not word.isascii():
        return word
    if word.endswith("000") and MILLISECONDS.fullmatch(word):
        return word[:-3]
    if "t" in word and TIME.fullmatch(word):
        return _seconds(word.upper()) or word
    found = _date(word) if len(word) <= LONGEST_DATE else None
    return found.isoformat() if found else word


def seconds_of_date(word: str) -> str:
    """Return the seconds since 1970 at which a date of RFC 3339 begins; an empty string for any other word."""
    return _seconds(word) if word[4:5] == "-" and YEAR_FIRST.fullmatch(word) else ""


def _date(word: str) -> date | None:
    """Return the date of a word; with slashes, the day is taken to be first if it can be."""
    if found := YEAR_FIRST.fullmatch(word):
        year, _, month, day = found.groups()
    elif found := DAY_FIRST.fullmatch(word):
        day, separator, month, year = found.groups()
        if separator == "/" and int(month) > 12:
            day, month = month, day
    else:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _seconds(text: str) -> str:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return ""
    return str(int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()))


def unquoted(text: str) -> str:
    """Return a text without percent-encoding (RFC 3986 §2.1): a URL may be a parameter of another URL."""
    for _ in range(MOST_ENCODINGS):
        if "%" not in text:
            break
        text = unquote(text)
    return text


def percent_encoded(text: str) -> str:
    """Return a text with percent-encoding (RFC 3986 §2.1), slashes included. Long texts have few kinds of marks."""
    return RESERVED.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return _escapes(found[0])


@lru_cache(maxsize=256)
def _escapes(marks: str) -> str:
    return quote(marks, safe="")
