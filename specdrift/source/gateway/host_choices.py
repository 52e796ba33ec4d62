"""Host names that clients may send to one server: each of its names, and those for which conditions hold."""

from collections.abc import Iterable, Iterator, Sequence

OTHER = "other"
"""A label for a wildcard."""
MOST_HOSTS = 40
"""Names of a server that are tried."""


def candidates(patterns: Sequence[str], compared: Iterable[str]) -> tuple[str, ...]:
    """Return host names of patterns such as ``*.example`` and ``api.*``, also with the texts that conditions compare.

    A text may be the beginning, the end or a part of a name. Not all of them are names of the server.
    """
    found: dict[str, None] = {}
    for name in _all(patterns, tuple(dict.fromkeys(filter(None, compared)))):
        found[name] = None
        if len(found) == MOST_HOSTS:
            break
    return tuple(found)


def _all(patterns: Sequence[str], compared: Sequence[str]) -> Iterator[str]:
    yield from (one for one in patterns if "*" not in one)
    for pattern in patterns:
        if "*" in pattern:
            yield _named(pattern.replace("*", OTHER, 1))
    for text in compared:
        yield _named(text)
        for pattern in patterns:
            if "*" in pattern:
                yield _filled(pattern, text)


def _filled(pattern: str, text: str) -> str:
    """Return a name of a pattern that has a text."""
    before, _, after = pattern.partition("*")
    inner = text.lower().removeprefix(before).removesuffix(after).strip(".")
    inner = f"{OTHER}{inner}" if inner.startswith("-") else inner or OTHER
    return _named(f"{before}{inner}{after}")


def _named(text: str) -> str:
    """Return a whole name of a part of one."""
    text = f"{OTHER}{text}" if text.startswith((".", "-")) else text
    return f"{text}example" if text.endswith(".") else text
