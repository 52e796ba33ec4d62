"""Rules about input, certificates included: whether it is validated, and whether before authorization."""

from specdrift.model.result.drift import Severity
from specdrift.rules.rule import Fault, Precision, Prober, Rule

RULES = (
    Rule(
        id="certificate-url-fetched",
        severity=Severity.WARNING,
        title="The server requests URLs of untrusted certificates",
        summary="A client certificate that no trusted CA issued names URLs (authority information access, CRL "
        "distribution points), and the server requests one of them. It is tried with `[network] callback-listen` only.",
        why="A client without a trusted certificate chooses where the server sends requests from inside its network "
        "(server-side request forgery), and how long a handshake takes: an answer may be slow or endless.",
        remedy="Build paths from configured certificates only, and check the revocation of a certificate after its path. "
        "Fetch CRLs in advance, from configured addresses.",
        references=("RFC 5280 §8", "CWE-918", "CWE-295", "OWASP API7:2023", "CVE-2026-21945"),
        layer_hint="The verifier of client certificates: it fetches what an unverified certificate names.",
        sampled=True,
        security_score="5.8",
        prober=Prober.HANDSHAKE,
    ),
    Rule(
        id="input-not-validated",
        severity=Severity.NOTE,
        title="Input that the document forbids is not refused",
        summary="A valid identity sends what a parameter's or body's schema forbids. The server accepts it like valid "
        "input, fails (500, 502), discloses internal details (a stack trace, one of its files), or, for a "
        "path traversal, returns the content of a well-known file, which is serious. Values clamped to their "
        "bound or truncated are not reported, nor strings without constraints or numbers sent as strings.",
        why="Callers, gateways and generators rely on the document's constraints. Input beyond them is untested; "
        "a certificate identifies the caller and does not make its input harmless.",
        remedy="Parse input into the declared types before using it, and refuse invalid input with 400 or 422; never "
        "join it to a path.",
        references=(
            "CWE-20",
            "CWE-22",
            "OWASP API4:2023",
            "OWASP API8:2023",
            "CVE-2021-41773",
        ),
        fault=Fault.INPUT,
        layer_hint="The handler: it does not validate its input, and no layer in front of it does.",
        precision=Precision.MEDIUM,
    ),
    Rule(
        id="denial-after-validation",
        severity=Severity.NOTE,
        title="Input is validated before authorization, or a refusal discloses too much",
        summary="A caller without a certificate is refused with valid input, and gets a validation error (400 or 422) "
        "with invalid input; or the refusal discloses internal details: a stack trace, one of the server's "
        "files, the name of a certificate that the handshake does not contain.",
        why="Anonymous callers learn names and rules of the input, and reach the code that parses it: its defects "
        "can be exploited without a certificate, and disclosed details help to find them.",
        remedy="Authorize before reading anything of the request, and refuse all callers with the same text.",
        references=(
            "CWE-204",
            "CWE-209",
            "CWE-696",
            "OWASP API2:2023",
            "OWASP API8:2023",
        ),
        fault=Fault.INPUT,
        layer_hint="The guard, or its place among the layers: input is processed before authorization, or the refusal "
        "discloses details.",
        precision=Precision.MEDIUM,
    ),
)
