"""What a source gives, and how it says no."""

from typing import NamedTuple, Protocol

from specdrift.errors import SpecdriftError
from specdrift.model.plural import plural


class FetchedResource(NamedTuple):
    """The bytes of one document. ``name`` is shown to the user; references are relative to ``uri``."""

    name: str
    uri: str
    data: bytes


class Refused(SpecdriftError):
    """Why a reference was not read. The message is a sentence; ``rule`` is the id of its finding."""

    def __init__(self, message: str, *, rule: str = "unresolved-reference") -> None:
        super().__init__(message)
        self.message = message
        self.rule = rule


class DocumentSource(Protocol):
    """Reads the entry document, and what lies within reach of it."""

    @property
    def name(self) -> str:
        """The entry document as shown to the user."""

    def entry(self) -> FetchedResource:
        """The entry document. Raises :class:`~specdrift.loader.parse.unreadable.Unreadable`."""

    def read(self, uri: str, reference: str, *, referrer: str) -> FetchedResource:
        """What ``reference``, as written in the document named ``referrer``, leads to.

        Raises :class:`Refused` when it is not there, or lies where a description has no business.
        """


MIB = 1024 * 1024


def too_large(limit: int) -> str:
    """What is wrong with a file of more bytes than this."""
    size = f"{limit / MIB:,.0f} MiB" if limit % MIB == 0 else plural(limit, "byte")
    return f"the file is larger than {size}. If it is wanted, raise [loader] max-bytes."
