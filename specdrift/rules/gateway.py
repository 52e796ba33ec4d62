"""Rules about the configuration of a gateway, compared with the document and the service behind it."""

from specdrift.model.result.drift import Severity
from specdrift.rules.rule import Rule

RULES = (
    Rule(
        id="gateway-optional-unchecked",
        severity=Severity.ERROR,
        title="The gateway requests a certificate, and nothing requires it",
        summary="A server of the gateway lets clients without a certificate through to an operation that requires one, and "
        "neither the route of the gateway nor the service behind it rejects them.",
        why="`optional` hands the decision to the configuration of each route, and each route that does not decide is open.",
        remedy="Require the certificate for the listener, or reject the request in this route.",
        references=("CWE-306", "CWE-862", "OWASP API2:2023"),
    ),
    Rule(
        id="gateway-certificate-not-requested",
        severity=Severity.ERROR,
        title="The gateway requests no client certificate",
        summary="The document requires a client certificate for an operation that the gateway serves, on a listener without "
        "client authentication or without TLS, and the service behind does not check the caller either.",
        why="No client can send its certificate to this listener, so that none is verified.",
        remedy="Request and verify the certificate on the listener, or serve the operation elsewhere only.",
        references=("CWE-306", "CWE-295", "OWASP API2:2023"),
    ),
    Rule(
        id="gateway-accepts-untrusted",
        severity=Severity.ERROR,
        title="The gateway accepts certificates of any CA",
        summary="A listener requests a certificate without rejecting those that fail verification, and the route only checks "
        "that there is one.",
        why="Anybody can make a certificate with any name in it.",
        remedy="Verify against the CA of your clients, or require the result of the verification in the route.",
        references=("CWE-295", "CWE-296", "OWASP API2:2023"),
    ),
    Rule(
        id="gateway-plaintext-to-same-upstream",
        severity=Severity.ERROR,
        title="A listener without TLS reaches the same service",
        summary="One listener of the gateway requires a certificate for an operation, and another one without TLS hands it to "
        "the same service. It is a note if only this machine reaches that listener.",
        why="Without TLS there are no client certificates: a client that reaches this listener bypasses the guard.",
        remedy="Redirect to the listener with TLS, or bind the other one to an address that only operators reach.",
        references=("CWE-319", "CWE-420", "OWASP API8:2023"),
    ),
    Rule(
        id="gateway-server-bypass",
        severity=Severity.ERROR,
        title="Another server of the gateway reaches the same service without a certificate",
        summary="One server of the gateway requires a certificate for an operation, and another name or listener hands it to "
        "the same service without one. It is a note if only this machine reaches it.",
        why="Clients choose the name and the port. The weakest server decides for all of them.",
        remedy="Require the certificate in every server of the service, and let the default server reject unknown names.",
        references=("CWE-288", "CWE-420", "OWASP API2:2023"),
    ),
    Rule(
        id="gateway-location-bypass",
        severity=Severity.ERROR,
        title="Another spelling of the path is not guarded by the gateway",
        summary="The gateway guards an operation by its path or method, and lets another spelling through that the service "
        "takes for the same. It is a note if the service was not read.",
        why="Gateway and service read the same bytes differently: what the gateway does not recognise as guarded is open.",
        remedy="Guard everything below a prefix and open only what is public; let the service reject other spellings.",
        references=("CWE-436", "CWE-863", "OWASP API5:2023"),
    ),
    Rule(
        id="gateway-request-bypass",
        severity=Severity.ERROR,
        title="A header, cookie or argument of the client turns the guard of the gateway off",
        summary="The gateway requires a certificate for an operation, unless a header, cookie or argument has some value. "
        "Clients send them as they like.",
        why="What the client chooses identifies no client. One that knows or guesses the value needs no certificate.",
        remedy="Decide by the certificate alone; let the document allow the other credential if it is one.",
        references=("CWE-290", "CWE-807", "OWASP API2:2023"),
    ),
    Rule(
        id="gateway-trusts-client-header",
        severity=Severity.ERROR,
        title="The gateway forwards the client's own certificate header",
        summary="The service gets a header about the client certificate as the client sends it: the gateway neither replaces "
        "nor deletes it on this route. It is a header that the service reads, or that the gateway fills elsewhere.",
        why="The service cannot tell the gateway's header from the client's: a client without a certificate claims any.",
        remedy="Set the header on every route to the service, to the verified value or to nothing.",
        references=("CWE-290", "CWE-348", "OWASP API2:2023"),
    ),
)
IDS = frozenset(rule.id for rule in RULES)
