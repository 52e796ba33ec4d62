"""FAPI 2.0 Security Profile."""

from specdrift.model.result.drift import Severity
from specdrift.rules.standards.standard_profile import WAYS_IN, StandardProfile, StandardRequirement

FAPI_2 = StandardProfile(
    name="fapi2",
    title="FAPI 2.0 Security Profile",
    edition="Final, with RFC 8705",
    url="https://openid.net/specs/fapi-security-profile-2_0-final.html",
    note="Items are counted as in the specification's source and in the conformance suite of the OpenID Foundation. "
    "RFC 8705 §6.2 does not require a resource server to validate the chain of the client's certificate; a document "
    "that declares mutualTLS does.",
    requirements=(
        StandardRequirement(
            id="§5.2.1 item 1",
            text="Endpoints are offered with TLS only.",
            rules=("plaintext-listener",),
            how="the same port without TLS, and the listeners that are configured",
        ),
        StandardRequirement(
            id="§5.2.1 item 2",
            text="TLS 1.2 or later is used.",
            how="specdrift itself offers nothing older than TLS 1.2: what the server would accept is not known",
        ),
        StandardRequirement(
            id="§5.2.2",
            text="With TLS 1.2 only cipher suites that BCP 195 recommends are permitted.",
            how="cipher suites are not enumerated",
        ),
        StandardRequirement(
            id="§5.2.2.1",
            text="Where an ecosystem uses mutual TLS for all server-to-server endpoints (an option of the profile), "
            "every endpoint requires the certificate.",
            rules=(*WAYS_IN,),
            how="the operations of the document; no endpoint that neither it nor imported traffic names",
        ),
        StandardRequirement(
            id="§5.3.2",
            text="Requirements for authorization servers.",
            how="flows of authorization servers are not run; three requirements are read from metadata and tokens below",
        ),
        StandardRequirement(
            id="§5.3.2.1 item 4",
            text="Authorization servers only issue sender-constrained access tokens.",
            rules=("issuer-binding-unused",),
            how="configured JWTs, where the issuer's metadata announce certificate-bound tokens; no token is requested",
        ),
        StandardRequirement(
            id="§5.3.2.1 item 5",
            text="Access tokens are constrained by mutual TLS or DPoP.",
            rules=("issuer-endpoint-without-mtls", "issuer-binding-unused"),
            how="endpoints that the issuer's metadata announce for mutual TLS; DPoP is not probed",
        ),
        StandardRequirement(
            id="§5.3.2.1 item 6",
            text="Clients authenticate by mutual TLS or private_key_jwt.",
            rules=("issuer-endpoint-without-mtls",),
            how="whether endpoints that are announced for mutual TLS request a certificate; no client authenticates",
        ),
        StandardRequirement(
            id="§5.3.4 item 2",
            text="Access tokens in the query are not accepted.",
            how="no token is sent in a query",
        ),
        StandardRequirement(
            id="§5.3.4 item 3",
            text="Validity, integrity, expiration and revocation of access tokens are verified.",
            rules=("combination-not-enforced",),
            how="made-up tokens and none; no expired or revoked ones",
        ),
        StandardRequirement(
            id="§5.3.4 item 4",
            text="The authorization that the access token represents suffices for the resource.",
            how="needs tokens of several scopes",
        ),
        StandardRequirement(
            id="§5.3.4 item 5",
            text="Sender-constrained access tokens are supported and verified.",
            rules=("token-not-bound",),
            how="tokens bound by mutual TLS; DPoP is not probed",
        ),
        StandardRequirement(
            id="RFC 8705 §3",
            text="A token is refused if the client's certificate is not the one that it is bound to.",
            rules=("token-not-bound",),
            whole=True,
            how="each identity's token with the certificate of another identity, and without one",
        ),
        StandardRequirement(
            id="§5.4.1 item 2",
            text="RSA keys have at least 2048 bits.",
            rules=("certificate-policy-not-enforced",),
            certificates=("weak-key",),
            severity=Severity.ERROR,
            how="a client certificate with a weak key; keys of tokens are not seen",
        ),
    ),
)
