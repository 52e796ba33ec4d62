"""Path templates (OpenAPI, Path Templating).

Pure. No template becomes a regular expression: several expressions in one segment would take exponential time.
"""

import re

EXPRESSION = re.compile(r"\{[^{}]*\}")
"""A template expression; its value contains no slash."""
_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")


def without_names(template: str) -> str:
    """Return the template without parameter names: ``/items/{id}`` becomes ``/items/{}``."""
    return EXPRESSION.sub("{}", template)


def in_normal_form(template: str) -> str:
    """Return the template as servers read its path: without names, a query and a fragment, unreserved characters not
    encoded, dot segments removed (RFC 3986 §6.2.2), and repeated slashes joined.
    """
    path = re.split(r"[?#]", without_names(template), maxsplit=1)[0]
    segments: list[str] = []
    *folders, last = _ENCODED.sub(_decoded, path).split("/")
    for segment in (*folders, last):
        if segment == "..":
            segments = segments[:-1]
        elif segment not in ("", "."):
            segments.append(segment)
    return "/".join(("", *segments, *([""] if segments and last in ("", ".", "..") else []))) or "/"


def _decoded(match: re.Match[str]) -> str:
    character = chr(int(match[0][1:], 16))
    return character if _UNRESERVED.match(character) else match[0].upper()


def fits(template: str, path: str) -> bool:
    """Return whether a path matches a template. An expression matches one character or more."""
    declared = without_names(template).split("/")
    given = path.split("/")
    return len(declared) == len(given) and all(map(_fits, declared, given))


def before_greedy(template: str) -> str | None:
    """Return what comes before a last segment such as ``{proxy+}``, which stands for one segment or more at Amazon API
    Gateway; ``None`` without one.
    """
    before, _, last = template.rpartition("/")
    return before if last.endswith("+}") and EXPRESSION.fullmatch(last) else None


def _fits(segment: str, text: str) -> bool:
    """Match each fixed part at the first position that leaves a character to the expression before it."""
    head, *parts = segment.split("{}")
    if not parts:
        return head == text
    *between, tail = parts
    at = len(head)
    for part in between:
        found = text.find(part, at + 1)
        if found < 0:
            return False
        at = found + len(part)
    return text.startswith(head) and text.endswith(tail) and len(text) - len(tail) > at


def values_in(template: str, path: str) -> tuple[str, ...] | None:
    """Return the values of the template's expressions in a path, in their order; ``None`` if it does not match."""
    declared, given = without_names(template).split("/"), path.split("/")
    if len(declared) != len(given):
        return None
    found: list[str] = []
    for segment, text in zip(declared, given, strict=True):
        if not _fits(segment, text):
            return None
        found += _expressions(segment, text)
    return tuple(found)


def _expressions(segment: str, text: str) -> list[str]:
    """Return what stands for each expression of a segment that fits."""
    head, *parts = segment.split("{}")
    found: list[str] = []
    at = len(head)
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        end = len(text) - len(part) if last else text.find(part, at + 1)
        found.append(text[at:end])
        at = end + len(part)
    return found
