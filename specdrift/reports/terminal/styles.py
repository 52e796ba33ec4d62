"""The colour of each tone in a terminal."""

from collections.abc import Mapping

from specdrift.reports.content.tone import Tone

STYLES: Mapping[Tone, str] = {
    Tone.GOOD: "green",
    Tone.BAD: "red",
    Tone.WARN: "yellow",
    Tone.NOTE: "cyan",
    Tone.UNKNOWN: "yellow",
    Tone.QUIET: "dim",
}
