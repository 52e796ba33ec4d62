"""Open Finance Brasil."""

from specdrift.rules.standards.fapi_1 import FAPI_1_REQUIREMENTS
from specdrift.rules.standards.standard_profile import (
    WAYS_IN,
    RoleField,
    StandardProfile,
    StandardRequirement,
)

OPEN_FINANCE_BRASIL = StandardProfile(
    name="open-finance-brasil",
    title="Open Finance Brasil",
    edition="Financial-grade API Security Profile 1.0, a profile of FAPI 1.0 Advanced",
    url="https://openfinancebrasil.atlassian.net/wiki/spaces/OF/pages/246054913",
    note="Its own additions to FAPI 1.0 and the certificate standard were not read by section: their requirements have "
    "no id here. The organizationIdentifier has the form OFBBR-<organization>, UID is the software statement, and "
    "serialNumber the CNPJ.",
    fields=(
        RoleField.ORGANIZATION_IDENTIFIER,
        RoleField.USER_ID,
        RoleField.SERIAL_NUMBER,
        RoleField.BUSINESS_CATEGORY,
    ),
    requirements=(
        *FAPI_1_REQUIREMENTS,
        StandardRequirement(
            id="",
            text="Clients present a certificate (BRCAC) of an accredited CA.",
            rules=(*WAYS_IN,),
            how="each operation without a certificate and with invalid ones; not which CAs are accredited",
        ),
        StandardRequirement(
            id="",
            text="The role of the participant permits the operation.",
            rules=("role-not-enforced", "role-over-enforced"),
            how="where roles are configured, or the document has them",
        ),
        StandardRequirement(
            id="",
            text="Revoked certificates are refused.",
            rules=("invalid-certificate-accepted", "session-outlives-revocation"),
            certificates=("revoked",),
            how="with the key of a test CA and its CRL, and with `revoke-command`",
        ),
    ),
)
