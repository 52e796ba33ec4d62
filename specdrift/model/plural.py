"""Numbers with their nouns. Every sentence with a count takes it from here."""

_VOWELS = frozenset("aeiou")


def plural(count: int, noun: str) -> str:
    """Return ``1 operation``, ``2,000 operations``, ``2 entries``, ``2 matches``; the last word of the noun changes."""
    return f"1 {noun}" if count == 1 else f"{count:,} {plural_of(noun)}"


def plural_of(noun: str) -> str:
    """Return the plural of a regular English noun."""
    if noun.endswith("y") and noun[-2:-1] not in _VOWELS:
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "ch", "sh")) else f"{noun}s"


def with_verb(count: int, noun: str, singular: str, several: str) -> str:
    """Return ``1 operation requires``, ``2 operations require``."""
    return f"{plural(count, noun)} {singular if count == 1 else several}"
