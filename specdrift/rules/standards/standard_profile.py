"""What a standard requires of clients and servers of mutual TLS, and the rules whose probes answer for it."""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from specdrift.model.result.drift import Severity

NOT_VERIFIED = "id not verified"
"""Stands for the id of a requirement whose standard could not be read."""

WAYS_IN = (
    "certificate-never-requested",
    "mtls-not-enforced",
    "data-in-refusal",
    "data-elsewhere",
    "invalid-certificate-accepted",
    "enforcement-inconsistent",
    "method-not-enforced",
    "path-variant-bypass",
    "undeclared-input-bypass",
    "host-sni-confusion",
    "resumption-bypass",
    "forwarded-certificate-trusted",
    "forwarded-identity-override",
    "proxy-protocol-trusted",
    "forgeable-credential-accepted",
    "plaintext-listener",
)
"""Ids of the rules about a caller who is admitted, or gets the data, without a valid certificate of its own."""


class Coverage(StrEnum):
    """How much of a requirement the rules answer for."""

    PROBED = "probed"
    IN_PART = "probed in part"
    NOT_PROBED = "not probed"


class RoleField(StrEnum):
    """A field of a client certificate that carries an identity or a role."""

    ORGANIZATION_IDENTIFIER = "organizationIdentifier"
    """Attribute 2.5.4.97 of the subject."""
    USER_ID = "UID"
    """Attribute 0.9.2342.19200300.100.1.1 of the subject."""
    SERIAL_NUMBER = "serialNumber"
    """Attribute 2.5.4.5 of the subject."""
    BUSINESS_CATEGORY = "businessCategory"
    """Attribute 2.5.4.15 of the subject."""
    PSD2_ROLES = "PSD2 roles"
    """RolesOfPSP of the statement 0.4.0.19495.2 in qcStatements."""
    PSD2_AUTHORITY = "PSD2 authority"
    """NCAId of the same statement."""


class StandardRequirement(Struct, frozen=True, kw_only=True):
    """One requirement of a standard, in our words."""

    id: str
    """Section or number in the standard; empty if the standard could not be read."""
    text: str
    how: str
    """What of it is probed; else why nothing is."""
    rules: tuple[str, ...] = ()
    """Ids of the rules that report a violation; empty: no probe answers for it."""
    whole: bool = False
    """Whether the rules answer for all of it."""
    certificates: tuple[str, ...] = ()
    """Families of certificate profiles that it is about; empty: all."""
    severity: Severity | None = None
    """The least severity of a violation, if the standard requires what a default leaves open."""

    @property
    def coverage(self) -> Coverage:
        if not self.rules:
            return Coverage.NOT_PROBED
        return Coverage.PROBED if self.whole else Coverage.IN_PART

    @property
    def label(self) -> str:
        """The id, or that there is none."""
        return self.id or NOT_VERIFIED


class StandardProfile(Struct, frozen=True, kw_only=True):
    """A standard as a profile of rules."""

    name: str
    """Value of ``--profile``."""
    title: str
    edition: str
    url: str
    requirements: tuple[StandardRequirement, ...]
    fields: tuple[RoleField, ...] = ()
    """Fields of client certificates that carry identities and roles."""
    note: str = ""
    """What was not read of the standard, and other limits."""

    @property
    def rules(self) -> tuple[str, ...]:
        """Ids of all rules that belong to it, each once."""
        return tuple(dict.fromkeys(rule for one in self.requirements for rule in one.rules))

    def least_severity(self, rule: str, family: str) -> Severity | None:
        """The least severity of a violation of a rule by a certificate of a family, if the standard requires one."""
        return max(self._severities(rule, family), key=lambda severity: severity.rank, default=None)

    def _severities(self, rule: str, family: str) -> Iterator[Severity]:
        for one in self.requirements:
            if (
                one.severity is not None
                and rule in one.rules
                and (not one.certificates or family in one.certificates)
            ):
                yield one.severity
