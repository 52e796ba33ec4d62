"""Other spellings of a path that a guard and a router may read differently. Pure.

Each takes a path without its query (``/v1/items/7``) and gives another, as it goes onto the wire; what it means to
whom is the question. Sources: RFC 3986 §5.2.4 and §6.2.2, RFC 9112 §3.2, and advisories of proxies and frameworks.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import groupby, islice
from urllib.parse import quote

from msgspec import Struct

Write = Callable[[str], str]
FULLWIDTH = 0xFEE0
"""From a printable ASCII character to its fullwidth form."""
DATE = re.compile(r"\d{4}-\d\d-\d\d")
UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
RELATIVE = "no leading slash"
"""The family that is also sent as ``:path`` over HTTP/2."""


class Spelling(Struct, frozen=True, kw_only=True):
    """``family`` is what is done to the path; spellings of one family are alternatives to each other."""

    family: str
    name: str
    write: Write


def _around_last(before: str) -> Write:
    """Puts something else in the place of the last slash."""

    def write(path: str) -> str:
        head, _, last = path.rpartition("/")
        return f"{head}{before}{last}" if head or before.startswith("/") else f"/{before}{last}"

    return write


def _around_first(before: str) -> Write:
    return lambda path: before + path


def _after(end: str) -> Write:
    return lambda path: path + end


def _after_inner(end: str) -> Write:
    """Puts something behind each segment but the last."""

    def write(path: str) -> str:
        head, slash, last = path.rpartition("/")
        return (
            "/".join(f"{segment}{end}" if segment else segment for segment in head.split("/")) + slash + last
        )

    return write


def _last_letter_as(form: str) -> Write:
    """Encodes the first character of the last segment."""

    def write(path: str) -> str:
        head, _, last = path.rpartition("/")
        return f"{head}/{_encoded(last, form)}"

    return write


def _first_letter_as(form: str) -> Write:
    """Encodes the first character of the first segment."""
    return lambda path: "/" + _encoded(path[1:], form)


def _encoded(text: str, form: str) -> str:
    return form.format(ord(text[0])) + text[1:] if text[:1].isalnum() and text[0].isascii() else text


def _fullwidth(path: str) -> str:
    """Writes the first character of each segment as the fullwidth form that NFKC folds to it (UAX #15)."""
    return "/".join(_widened(segment) for segment in path.split("/"))


def _widened(segment: str) -> str:
    first = segment[:1]
    return (
        quote(chr(ord(first) + FULLWIDTH)) + segment[1:] if first.isalnum() and first.isascii() else segment
    )


def _numbers_with_zero(path: str) -> str:
    """Writes a zero before each segment that is a number, which a parser of numbers drops."""
    return "/".join(f"0{segment}" if segment.isdecimal() else segment for segment in path.split("/"))


def _dates_as(write: Callable[[date], str]) -> Write:
    """Writes each segment that is a date (RFC 3339 §5.6) in another way that parsers of dates take."""
    return lambda path: "/".join(
        write(date.fromisoformat(segment)) if _is_date(segment) else segment for segment in path.split("/")
    )


def _is_date(segment: str) -> bool:
    if not DATE.fullmatch(segment):
        return False
    try:
        date.fromisoformat(segment)
    except ValueError:
        return False
    return True


def _seconds(day: date) -> str:
    """Seconds since 1970 at midnight, UTC."""
    return str(int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()))


def _without_hyphens(path: str) -> str:
    """Writes each UUID without its hyphens (RFC 9562 §4)."""
    return "/".join(
        segment.replace("-", "") if UUID.fullmatch(segment) else segment for segment in path.split("/")
    )


def _toggled_slash(path: str) -> str:
    """With a slash at its end, or without the one that is there."""
    return path.rstrip("/") if path.endswith("/") and path.strip("/") else path + "/"


def _without_leading_slash(path: str) -> str:
    """Without its first slash: no origin form (RFC 9112 §3.2.1), which routers add and guards do not expect."""
    return path.removeprefix("/") or path


def _last_in_other_case(path: str) -> str:
    head, _, last = path.rpartition("/")
    return f"{head}/{last.swapcase()}"


_TABLE: tuple[tuple[str, str, Write], ...] = (
    ("double slash", "leading", _around_first("/")),
    ("double slash", "inner", _around_last("//")),
    ("dot segment", "parent", _around_last("/x/../")),
    ("dot segment", "leading", _around_first("/.")),
    ("dot segment", "trailing", _after("/.")),
    ("encoded letter", "last", _last_letter_as("%{:02X}")),
    ("encoded letter", "first", _first_letter_as("%{:02X}")),
    ("encoded slash", "last", _around_last("%2F")),
    ("encoded slash", "overlong", _around_last("%C0%AF")),
    ("encoded dot", "parent", _around_last("/x/%2e%2e/")),
    ("encoded dot", "leading", _around_first("/%2e")),
    ("backslash", "encoded", _around_last("%5C")),
    ("backslash", "raw", _around_last("\\")),
    ("double encoding", "letter", _last_letter_as("%25{:02X}")),
    ("double encoding", "slash", _around_last("%252F")),
    ("Unicode", "%u", _last_letter_as("%u{:04X}")),
    ("Unicode", "fullwidth", _fullwidth),
    ("Unicode", "zero width", _after("%E2%80%8B")),
    ("number", "leading zero", _numbers_with_zero),
    ("date", "and time", _dates_as(lambda day: f"{day}T00:00:00")),
    ("date in seconds", "since 1970", _dates_as(_seconds)),
    ("UUID", "without hyphens", _without_hyphens),
    ("matrix parameter", "last", _after(";v=1")),
    ("matrix parameter", "extension", _after(";.css")),
    ("matrix parameter", "parent", _around_last("/x/..;/")),
    ("matrix parameter", "leading", _around_first("/;v=1")),
    ("matrix parameter", "inner", _after_inner(";v=1")),
    ("trailing slash", "slash", _toggled_slash),
    ("trailing slash", "path info", _after("/x.css")),
    ("added prefix", "version", _around_first("/v1")),
    ("added prefix", "api", _around_first("/api")),
    ("added prefix", "language", _around_first("/en")),
    ("added prefix", "script", _around_first("/index.php")),
    ("added prefix", "application", _around_first("/app")),
    (RELATIVE, "path", _without_leading_slash),
    ("case", "last", _last_in_other_case),
    ("case", "all", str.swapcase),
    ("suffix", "json", _after(".json")),
    ("suffix", "csv", _after(".csv")),
    ("suffix", "xml", _after(".xml")),
    ("suffix", "html", _after(".html")),
    ("suffix", "css", _after(".css")),
    ("suffix", "script", _after(".js")),
    ("suffix", "image", _after(".png")),
    ("suffix", "font", _after(".woff2")),
    ("ending", "dot", _after(".")),
    ("ending", "space", _after("%20")),
    ("ending", "tab", _after("%09")),
    ("ending", "nul", _after("%00")),
    ("ending", "newline", _after("%0A")),
    ("ending", "plus", _after("+")),
    ("ending", "stream", _after("::$DATA")),
    ("ending", "encoded query", _after("%3Fpublic=login")),
    ("ending", "empty query", _after("?")),
    ("ending", "fragment", _after("#x")),
)

SPELLINGS = tuple(
    Spelling(family=family, name=f"{family} {name}", write=write) for family, name, write in _TABLE
)


EXTENSIONS = {
    "calendar": "ics",
    "javascript": "js",
    "jpeg": "jpg",
    "markdown": "md",
    "plain": "txt",
    "vnd.ms-excel": "xls",
    "vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}
"""Extensions of media types whose subtype is another word."""


def suffixes(media_types: Iterable[str]) -> Iterator[Spelling]:
    """Yield the path with the extension of each media type: a route of its own in frameworks that select by it."""
    for media_type in media_types:
        subtype = media_type.partition(";")[0].strip().lower().partition("/")[2]
        extension = EXTENSIONS.get(subtype, subtype.rpartition("+")[2].removeprefix("x-"))
        if extension.isalnum():
            yield Spelling(family="suffix", name=f"suffix {extension}", write=_after(f".{extension}"))


OPEN_ENDINGS = ("/health", "/public/login")
"""Ends of paths that guards usually exempt; in one request, where a guard looks for one anywhere."""
MOST_OPEN = 3
"""Ends of open paths of the document that are tried."""


def open_endings(paths: Iterable[str]) -> Iterator[Spelling]:
    """Yield the path with the end of each open path after it: a guard may exempt all that ends so.

    A file of the document (``/openapi.yaml``) has an extension besides, which a guard of static files exempts.
    """
    lasts = [last for path in paths if (last := path.rpartition("/")[2]) and "{" not in last]
    extensions = (f".{extension}" for last in lasts if (extension := last.rpartition(".")[2]) != last)
    own = islice(dict.fromkeys((*(f"/{last}" for last in lasts), *extensions)), MOST_OPEN)
    for end in dict.fromkeys((*OPEN_ENDINGS, *own)):
        yield Spelling(family="open ending", name=f"open ending {end}", write=_after(end))


def through(prefix: str) -> Spelling:
    """Into another path and back out of it: a guard that exempts the prefix looks no further."""
    up = "/.." * len(prefix.strip("/").split("/"))
    return Spelling(family="prefix", name="prefix", write=_around_first(prefix.rstrip("/") + up))


def below_open_paths(paths: Iterable[str], base: str) -> Iterator[Spelling]:
    """Yield the path behind each open path: a gateway may exempt all below it, and cut the open path off."""
    opened = (path.rstrip("/") for path in paths if "{" not in path)
    for prefix in islice(dict.fromkeys(filter(None, opened)), MOST_OPEN):
        for before in dict.fromkeys((base + prefix, f"{base}{prefix}{base}")):
            yield Spelling(
                family="below an open path",
                name=f"below an open path {before}",
                write=_at_base(base, before),
            )


MOST_SHORTER = 3
"""Shorter base paths that are tried."""


def shorter_bases(base: str) -> Iterator[Spelling]:
    """Yield the path without segments of the base path: a gateway may have the same service below a part of it."""
    segments = base.strip("/").split("/") if base.strip("/") else []
    rests = (*(segments[count:] for count in range(1, len(segments) + 1)), segments[:-1])
    shorter = dict.fromkeys("".join(f"/{segment}" for segment in rest) for rest in rests if segments)
    for other in islice(shorter, MOST_SHORTER):
        yield Spelling(
            family="shorter base path", name=f"base path {other or '/'}", write=_at_base(base, other)
        )


def _at_base(base: str, other: str) -> Write:
    return lambda path: other + path.removeprefix(base) if path.startswith(f"{base}/") else path


def one_of_each(spellings: Iterable[Spelling], turn: int) -> Iterator[Spelling]:
    """One spelling of each family: the next one at each turn, so that many operations try them all."""
    for _, family in groupby(spellings, key=lambda spelling: spelling.family):
        alternatives = list(family)
        yield alternatives[turn % len(alternatives)]
