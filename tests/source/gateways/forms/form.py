"""A configuration of a gateway, correct and with one fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NAME = "api.example"
READ = {
    "@NAME@": NAME,
    "@PORT@": "443",
    "@UP@": "10.0.0.5:8080",
    "@UP_HOST@": "10.0.0.5",
    "@UP_PORT@": "8080",
    "@HOST@": "10.1.1.1",
}
"""What marks mean where a configuration is only read."""


class Attack(Struct, frozen=True):
    """A request of a client without a certificate."""

    target: str = "/secure"
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"
    host: str = NAME
    server_name: str = NAME


class Form(Struct, frozen=True):
    """A configuration twice: as it is meant, and with a fault."""

    good: str
    faulty: str
    attack: Attack = field(default_factory=Attack)
    """What gets the operation because of the fault."""
    files: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Files beside it, of both, by name."""
    found: bool = True
    """The fault is reported; else it leaves the operation undecided."""

    def text(self, *, faulty: bool) -> str:
        """Return the configuration."""
        return self.faulty if faulty else self.good

    def write(self, folder: Path, *, faulty: bool) -> None:
        """Write the files beside it."""
        for name, texts in self.files.items():
            (folder / name).write_text(texts[faulty], encoding="utf-8")


def filled(text: str, marks: Mapping[str, str]) -> str:
    """Return a text with what its marks stand for, the longest first."""
    for mark in sorted(marks, key=len, reverse=True):
        text = text.replace(mark, marks[mark])
    return text
