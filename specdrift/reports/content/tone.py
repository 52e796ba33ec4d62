"""The colours of all formats."""

from enum import StrEnum


class Tone(StrEnum):
    """What a colour says; beside it always stand a symbol and a word."""

    GOOD = "good"
    BAD = "bad"
    WARN = "warn"
    NOTE = "note"
    UNKNOWN = "unknown"
    QUIET = "quiet"
