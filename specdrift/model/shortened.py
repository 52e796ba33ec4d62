"""Shortens texts of others for messages."""

ELLIPSIS = "…"
"""Shows that a text was cut. Redaction looks for part of a secret before and after it."""
LONGEST_URL = 120
"""Characters of a URL or request target in a message."""


def shortened(text: str, limit: int = LONGEST_URL) -> str:
    """Return at most so many characters of a text; a longer one ends with an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + ELLIPSIS
