"""Redirect and its kinds."""

from specdrift.source.apache.apache_paths import matched_length
from specdrift.source.apache.configuration.apache_directives import ApacheDirective
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.patterns import UnsupportedPattern, compiled

FOUND = 302
WORDS = {"permanent": 301, "temp": 302, "seeother": 303, "gone": 410}
NAMES = {"redirect": FOUND, "redirectmatch": FOUND, "redirecttemp": FOUND, "redirectpermanent": 301}


def redirect_of(one: ApacheDirective, path: str) -> int | None:
    """Return the status that a directive answers for a path; ``None`` if it does not. Raises Undetermined."""
    whole = whole_redirect_of(one)
    if whole is not None or one.name not in NAMES:
        return whole
    status, args = _status(one)
    if not args:
        raise Undetermined(one.name, one.location)
    if one.name == "redirectmatch":
        try:
            return status if compiled(args[0]).search(path) else None
        except UnsupportedPattern as error:
            raise Undetermined(str(error), one.location) from None
    return status if matched_length(args[0], path) else None


def whole_redirect_of(one: ApacheDirective) -> int | None:
    """Return the status of a directive that is for all paths of its section; ``None`` for others."""
    if one.name not in NAMES:
        return None
    status, args = _status(one)
    return status if len(args) == (1 if 300 <= status < 400 else 0) else None


def _status(one: ApacheDirective) -> tuple[int, tuple[str, ...]]:
    """Return the status of a directive, and its further arguments."""
    args = one.args
    named = args[0].lower() if args else ""
    if named in WORDS or named.isdecimal():
        return WORDS[named] if named in WORDS else int(named), args[1:]
    return NAMES[one.name], args
