"""Requirements of FAPI Security Profile 1.0 on resource servers, which national profiles adopt."""

from specdrift.rules.standards.standard_profile import StandardRequirement

FAPI_1_REQUIREMENTS = (
    StandardRequirement(
        id="FAPI 1.0 Part 1 §6.2.1 item 3",
        text="Access tokens in the query are not accepted.",
        how="no token is sent in a query",
    ),
    StandardRequirement(
        id="FAPI 1.0 Part 1 §6.2.1 item 4",
        text="Access tokens that are expired or revoked are refused.",
        how="no expired or revoked token is sent",
    ),
    StandardRequirement(
        id="FAPI 1.0 Part 1 §6.2.1 item 5",
        text="The scope of the access token authorizes the access.",
        how="needs tokens of several scopes",
    ),
    StandardRequirement(
        id="FAPI 1.0 Part 1 §6.2.1 item 7",
        text="Only the resource of the token's entity and scope is returned.",
        how="needs resources of several users",
    ),
    StandardRequirement(
        id="FAPI 1.0 Part 1 §7.1",
        text="All interactions are encrypted with TLS.",
        rules=("plaintext-listener",),
        how="the same port without TLS, and the listeners that are configured",
    ),
    StandardRequirement(
        id="FAPI 1.0 Part 1 §7.1 item 1",
        text="TLS 1.2 or later is used.",
        how="specdrift itself offers nothing older than TLS 1.2: what the server would accept is not known",
    ),
    StandardRequirement(
        id="FAPI 1.0 Part 2 §5.2.2 item 5",
        text="Authorization servers only issue sender-constrained access tokens.",
        rules=("issuer-binding-unused",),
        how="configured JWTs, where the issuer's metadata announce certificate-bound tokens; no token is requested",
    ),
    StandardRequirement(
        id="FAPI 1.0 Part 2 §5.2.2 item 6",
        text="Authorization servers support mutual TLS to constrain the senders of access tokens.",
        rules=("issuer-endpoint-without-mtls", "issuer-binding-unused"),
        how="endpoints that the issuer's metadata announce for mutual TLS",
    ),
    StandardRequirement(
        id="FAPI 1.0 Part 2 §6.2.1 item 2",
        text="Protected resources adhere to RFC 8705: a token is refused with another certificate than its own.",
        rules=("token-not-bound",),
        whole=True,
        how="each identity's token with the certificate of another identity, and without one",
    ),
    StandardRequirement(
        id="FAPI 1.0 Part 2 §8.2",
        text="Bearer access tokens are not accepted: the client's certificate is required with the token.",
        rules=(
            "certificate-never-requested",
            "mtls-not-enforced",
            "combination-not-enforced",
            "forgeable-credential-accepted",
            "token-not-bound",
        ),
        how="each operation without a certificate, and without a token; no token that was issued as a bearer token",
    ),
)
