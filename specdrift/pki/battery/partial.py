"""Names of which a part is another name, and the same names with a neutral word in its place. Pure.

Applications may decide by a part of a name that many clients share on purpose: a domain, a team's prefix. The neutral
name keeps such parts, so that it is admitted where they decide.
"""

import re

from specdrift.pki.battery.factory import OTHER_CLIENT

NEUTRAL = "other"
"""Stands for one word of a name."""
MAX_COMMON_NAME = LONGEST_ATTRIBUTE = 64
"""RFC 5280, appendix A.1: ub-common-name, ub-organization-name and ub-organizational-unit-name."""
_WORD = re.compile(r"[^\W\d_]+|\d+")
_HOST = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+")
_LABELS = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def is_host(text: str) -> bool:
    """Return whether a text can be the DNS name of an alternative name."""
    return _LABELS.fullmatch(text) is not None


def within(name: str, *, neutral: bool, longest: int = 200) -> str:
    """Return a longer text that begins and ends with ``name``; if that is too long, one that begins with it.

    ``neutral``: with a neutral word in the first name for its last one, and in the second for its first one. Of a host
    name the first label is neutral, since its other labels are the domain.
    """
    begins, ends = _neutral(name) if neutral else (name, name)
    for filler in (OTHER_CLIENT, "x"):
        if len(f"{name}.{filler}-{name}") <= longest:
            return f"{begins}.{filler}-{ends}"
    return f"{begins}.x"


def other_name(name: str) -> str:
    """Return a name like this one, with a neutral first word."""
    return _neutral(name)[1]


def other_host(name: str) -> str:
    """Return a host name like this one, with a neutral first label."""
    _, dot, domain = name.partition(".")
    return f"{NEUTRAL}{dot}{domain}"


def other_end(name: str) -> str:
    """Return a name like this one, with a neutral last word."""
    return _neutral(name)[0]


def _neutral(name: str) -> tuple[str, str]:
    if _HOST.fullmatch(name):
        _, _, domain = name.partition(".")
        return f"{NEUTRAL}.{domain}", f"{NEUTRAL}.{domain}"
    words = list(_WORD.finditer(name))
    if len(words) < 2:
        return NEUTRAL, NEUTRAL
    first, last = words[0], words[-1]
    return f"{name[: last.start()]}{NEUTRAL}", f"{NEUTRAL}{name[first.end() :]}"
