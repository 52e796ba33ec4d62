"""Open Banking UK."""

from specdrift.rules.standards.fapi_1 import FAPI_1_REQUIREMENTS
from specdrift.rules.standards.standard_profile import (
    WAYS_IN,
    RoleField,
    StandardProfile,
    StandardRequirement,
)

OPEN_BANKING_UK = StandardProfile(
    name="open-banking-uk",
    title="Open Banking UK",
    edition="FAPI 1.0 Advanced, adopted on 29 November 2023, and the UK technical standards (SCA-RTS)",
    url="https://openid.net/specs/openid-financial-api-part-2-1_0.html",
    note="The certificate policies of the Open Banking Directory (OBWAC, OBSeal) were not read.",
    fields=(RoleField.ORGANIZATION_IDENTIFIER, RoleField.PSD2_ROLES, RoleField.PSD2_AUTHORITY),
    requirements=(
        *FAPI_1_REQUIREMENTS,
        StandardRequirement(
            id="SCA-RTS article 34(1)",
            text="Clients identify themselves by a qualified certificate, or another accepted one.",
            rules=(*WAYS_IN,),
            how="each operation without a certificate and with invalid ones; not whether a CA is a qualified one",
        ),
        StandardRequirement(
            id="",
            text="The role of the client (account information, payment initiation) permits the operation.",
            rules=("role-not-enforced", "role-over-enforced"),
            how="where roles are configured, or the document has them",
        ),
        StandardRequirement(
            id="",
            text="Certificates that the directory has revoked are refused.",
            rules=("invalid-certificate-accepted", "session-outlives-revocation"),
            certificates=("revoked",),
            how="with the key of a test CA and its CRL, and with `revoke-command`",
        ),
    ),
)
