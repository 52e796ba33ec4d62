"""Callers: anonymous, with a configured certificate, or with one generated for the run."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from msgspec import Struct

from specdrift.model.contract.roles import suffices
from specdrift.model.partly_compared import PartlyCompared
from specdrift.model.policy import Expect


class IdentityKind(StrEnum):
    """Origin of an identity's certificate."""

    ANONYMOUS = "anonymous"
    CONFIGURED = "configured"
    GENERATED = "minted"
    """Generated for the run."""


class CertificateFacts(PartlyCompared, frozen=True, eq=False, kw_only=True):
    """Public fields of an end-entity certificate (RFC 5280)."""

    aside: ClassVar = frozenset({"der"})

    subject: str
    """RFC 4514."""
    issuer: str
    """RFC 4514."""
    serial: str
    """Lower-case hexadecimal."""
    sha256: str
    """Fingerprint of the DER encoding, lower-case hexadecimal."""
    not_before: datetime
    not_after: datetime
    der: bytes = b""
    """DER encoding; empty in a result that was read from a file."""

    @property
    def serial_in_bytes(self) -> str:
        """The serial number as OpenSSL prints it: upper-case hexadecimal, two digits for each byte."""
        sign, digits = ("-", self.serial[1:]) if self.serial.startswith("-") else ("", self.serial)
        return sign + digits.upper().zfill(len(digits) + len(digits) % 2)


class ClientIdentity(Struct, frozen=True, kw_only=True):
    """A caller. Holds no key material."""

    name: str
    kind: IdentityKind
    expect: Expect
    roles: frozenset[str] = frozenset()
    profile: str = ""
    """Certificate profile of a generated identity."""
    about: str = ""
    """The defect of the certificate, and the RFC section that requires its rejection."""
    certificate: CertificateFacts | None = None
    beside: str = ""
    """Name of the control that must be admitted for a refusal of this one to count. Empty: any valid one."""
    imitates: str = ""
    """Name of the identity that an application must not confuse this one with."""
    refused_by_policy: bool = False
    """Only the default policy of the battery rejects it: no standard, and no setting."""
    names: tuple[str, ...] = ()
    """Other names of the listener at which the certificate is accepted."""
    refused_after: float | None = None
    """Seconds from the revocation of the certificate to its refusal; ``None`` if the run did not observe both."""

    def holds(self, roles: frozenset[str]) -> bool:
        """Return whether it has one of these roles; True if there are none."""
        return suffices(self.roles, roles)

    def lacks(self, roles: frozenset[str]) -> bool:
        """Return whether it has roles, but none of these. The roles of an identity without any are unknown."""
        return bool(self.roles) and not self.holds(roles)

    @property
    def in_short(self) -> str:
        """The first paragraph of ``about`` on one line."""
        return " ".join(self.about.partition("\n\n")[0].split())

    @property
    def is_control(self) -> bool:
        """Whether it is configured as valid: the control that others are compared with."""
        return self.kind is IdentityKind.CONFIGURED and self.expect is Expect.ACCEPTED


ANONYMOUS = ClientIdentity(
    name="anonymous",
    kind=IdentityKind.ANONYMOUS,
    expect=Expect.REFUSED,
    about="Presents no client certificate.",
)
