"""Who calls: nobody, a configured certificate, or one that was minted for a test."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from specdrift.model.policy import Expect


class IdentityKind(StrEnum):
    ANONYMOUS = "anonymous"
    CONFIGURED = "configured"
    MINTED = "minted"


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFacts:
    """The public facts of an end-entity certificate (RFC 5280). Names are RFC 4514 strings,
    ``serial`` is lower-case hexadecimal, ``sha256`` the fingerprint of the DER encoding. ``der`` is the encoding
    itself, for whoever has to show it: no result holds it, so it is empty in one that was read back.
    """

    subject: str
    issuer: str
    serial: str
    sha256: str
    not_before: datetime
    not_after: datetime
    der: bytes = field(default=b"", repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientIdentity:
    """A caller. ``profile`` names the certificate profile of a minted one; ``about`` says in a sentence what
    is wrong with its certificate and which RFC section demands that it is refused. ``beside`` names the identity
    that must get in before a refusal of this one means anything (empty: any good one). ``imitates`` names the
    identity that an application must not take this one for; it may get what ``beside`` gets. No key material.
    """

    name: str
    kind: IdentityKind
    expect: Expect
    roles: frozenset[str] = frozenset()
    profile: str = ""
    about: str = ""
    certificate: CertificateFacts | None = None
    beside: str = ""
    imitates: str = ""
    names: tuple[str, ...] = ()

    def holds(self, roles: frozenset[str]) -> bool:
        """Whether it has one of these roles; always, where none is asked for."""
        return not roles or bool(self.roles & roles)

    def lacks(self, roles: frozenset[str]) -> bool:
        """Whether it has roles, but none of these. Of an identity without roles nothing is known."""
        return bool(self.roles) and not self.holds(roles)

    @property
    def in_short(self) -> str:
        """The first paragraph of ``about`` on one line."""
        return " ".join(self.about.partition("\n\n")[0].split())

    @property
    def is_control(self) -> bool:
        """Whether it is one that the owner says must get in: what everybody else is held against."""
        return self.kind is IdentityKind.CONFIGURED and self.expect is Expect.ACCEPTED


ANONYMOUS = ClientIdentity(
    name="anonymous",
    kind=IdentityKind.ANONYMOUS,
    expect=Expect.REFUSED,
    about="Presents no client certificate.",
)
