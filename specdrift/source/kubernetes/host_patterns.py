"""Names of hosts with wildcards."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

Value = TypeVar("Value")

LONGEST = 254
"""Of a host (RFC 1035), with a wildcard."""
EVERY = "*"


def covers(pattern: str, host: str) -> bool:
    """Return whether a pattern covers a host, or each host of another pattern."""
    if pattern in (EVERY, host):
        return True
    return pattern.startswith("*.") and host != EVERY and host.endswith(pattern[1:])


def intersection(one: str, other: str) -> str | None:
    """Return the more specific of two patterns that share hosts; ``None`` if they share none."""
    if covers(one, other):
        return other
    return one if covers(other, one) else None


def candidates(host: str) -> Iterator[str]:
    """Yield the patterns that cover a host, the most specific first."""
    yield host
    for at in range(1, len(host)):
        if host[at] == ".":
            yield f"*{host[at:]}"
    yield EVERY


def find(by_pattern: Mapping[str, Value], host: str) -> Value | None:
    """Return what stands under the most specific pattern that covers a host."""
    return next((by_pattern[one] for one in candidates(host) if one in by_pattern), None)


def concrete(pattern: str, unmatched: str) -> str:
    """Return a host that a pattern covers."""
    if pattern == EVERY:
        return unmatched
    return f"www{pattern[1:]}" if pattern.startswith("*.") else pattern
