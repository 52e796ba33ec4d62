"""Texts of the shape of an example, for members that the document limits: a date, a code, a phone number. Pure."""

import hashlib
import re
from datetime import date, timedelta

from specdrift.model.contract.inputs import Constraint

LEAST_CHANGED = 5
"""Letters and digits that differ from text to text: fewer may be in an answer by chance."""
LONGEST = 64
"""Characters that are compared with a pattern, which may take exponential time on longer texts."""
HEX = frozenset("0123456789abcdefABCDEF-#")
FIRST_DAY, DAYS = date(1990, 1, 1), 9000
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_UUID = re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_UUID_VERSION = (14, 19)
"""Places of version and variant, which stay (RFC 9562 §4)."""


def shaped(example: str, limits: Constraint, seed: str) -> str:
    """Return a text that fits the limits as the example does, and that only this seed gives; empty if none is found."""
    digest = hashlib.sha256(seed.encode()).hexdigest()
    if not example or len(example) > LONGEST:
        return ""
    if limits.format in ("date", "date-time"):
        made = _dated(example, int(digest, 16))
    elif limits.format in ("email", "idn-email"):
        made = f"specdrift{digest[:8]}@{example.rpartition('@')[2]}" if "@" in example else ""
    else:
        candidates = (_changed(example, digest, start) for start in range(len(example)))
        made = next((each for each in candidates if each and _fits(each, limits)), "")
    return made if made and _fits(made, limits) else ""


def _dated(example: str, number: int) -> str:
    """Return the example with another day."""
    day = (FIRST_DAY + timedelta(days=number % DAYS)).isoformat()
    return _DATE.sub(day, example, count=1) if _DATE.match(example) else ""


def _changed(example: str, digest: str, start: int) -> str:
    """Return the example with other letters and digits from a place on; empty if too few differ."""
    letters = "abcdef" if set(example) <= HEX else "abcdefghijkmnpqrstuvwxyz"
    made, count, is_uuid = list(example), 0, _UUID.fullmatch(example) is not None
    for place, sign in enumerate(example[start:], start):
        if is_uuid and place in _UUID_VERSION:
            continue
        pick = int(hashlib.sha256(f"{digest} {place}".encode()).hexdigest(), 16)
        if sign.isascii() and sign.isdecimal():
            made[place] = str(pick % 10)
        elif sign.isascii() and sign.isalpha():
            made[place] = (
                letters[pick % len(letters)] if sign.islower() else letters[pick % len(letters)].upper()
            )
        count += sign.isascii() and sign.isalnum()
    return "".join(made) if count >= LEAST_CHANGED else ""


def _fits(text: str, limits: Constraint) -> bool:
    if limits.max_length is not None and len(text) > limits.max_length:
        return False
    try:
        return not limits.pattern or re.search(limits.pattern, text) is not None
    except re.error:
        return False
