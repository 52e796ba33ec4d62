"""Candidates: possible endpoints from imported traffic that the document does not have."""

from msgspec import Struct


class Candidate(Struct, frozen=True, kw_only=True):
    """A possible endpoint."""

    method: str
    path: str
    """Path for reports, with expressions in place of values: ``/items/{id}``."""
    target: str
    """Origin-form request target, without a query."""
    file: str
    """File of the traffic import that has it."""
    line: int
    """From 1."""
    unsafe_allowed: bool = False
    """The configuration allows unsafe methods (RFC 9110 §9.2.1) here."""

    @property
    def source(self) -> str:
        """Its position: ``access.log:12``."""
        return f"{self.file}:{self.line}"
