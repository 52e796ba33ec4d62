"""Rules about the source: what it wires and what guards it, beside what the document promises."""

from specdrift.model.result.drift import Severity
from specdrift.rules.rule import Rule

ROUTES = (
    Rule(
        id="route-not-guarded",
        severity=Severity.ERROR,
        title="A route is wired outside of the guard",
        summary="The document demands a client certificate for an operation, and no layer, extractor or handler in the "
        "source refuses callers without one. Said with less confidence where a condition decides whether it is so, and "
        "as a warning where the source has no TLS at all.",
        why="A layer wraps what was added before it, and nothing that comes later. A route that is merged, nested or "
        "added behind it looks guarded, and answers anyone.",
        remedy="Finish the router, then put the guard around it, once; or name what guards it in `[source] guards`.",
        references=("CWE-306", "CWE-862", "OWASP API2:2023", "OWASP API5:2023"),
    ),
    Rule(
        id="route-not-documented",
        severity=Severity.WARNING,
        title="The source has a route that the document does not have",
        summary="A route, a service or the fallback of a nested router answers, and no operation describes it.",
        why="What is in no document is tested by nobody, and guarded by whoever thought of it. Probes cannot guess it; the "
        "source tells.",
        remedy="Describe it, or remove it; what only operators need belongs to another listener.",
        references=("CWE-1059", "OWASP API9:2023"),
    ),
    Rule(
        id="documented-route-missing",
        severity=Severity.WARNING,
        title="The document has an operation that the source does not wire",
        summary="No route of the source has its path and method. A note where parts of the source were not understood.",
        why="The document promises what is not there: it is out of date, or the route is wired under another path or "
        "method, where nobody looks for it.",
        remedy="Remove the operation from the document, or wire the route.",
        references=("CWE-1059", "OWASP API9:2023"),
    ),
    Rule(
        id="open-route-guarded",
        severity=Severity.WARNING,
        title="A route that is to be open stands inside of the guard",
        summary="The document lets callers in without a certificate, and a layer of the source refuses them.",
        why="Health checks and public callers are refused; and the next change that opens the route may open more.",
        remedy="Add the route outside of the guarded router, or let the document demand the certificate.",
        references=("CWE-863", "OWASP API8:2023"),
    ),
    Rule(
        id="role-not-guarded",
        severity=Severity.WARNING,
        title="No layer asks for the role that the document names",
        summary="The document names a role, the source has a layer that asks for it, and not around this route.",
        why="Every caller with any valid certificate gets in: authentication is taken for authorization.",
        remedy="Put the layer that asks for the role around the route, inside of the one that asks for the certificate.",
        references=("CWE-862", "OWASP API5:2023"),
    ),
    Rule(
        id="role-not-documented",
        severity=Severity.WARNING,
        title="A layer asks for a role that the document does not name",
        summary="A layer around a route is told a role, and the operation's requirement does not have it.",
        why="Callers who do what the document says are refused.",
        remedy="Name the role in the document, or drop the layer.",
        references=("CWE-863", "OWASP API5:2023"),
    ),
)

IDENTITY = (
    Rule(
        id="identity-not-revalidated",
        severity=Severity.ERROR,
        title="The guard is content with an identity that is there already",
        summary="A guard that reads the peer's certificate has a branch that lets callers pass for something else in "
        "the request's extensions: an identity that a layer before it put there, or what a connection remembers.",
        why="Whoever may put something there decides who the caller is: a layer for a proxy, an earlier request of the "
        "same connection. Nobody has looked at the certificate of this request.",
        remedy="Let the guard replace what it finds by what the certificate of the connection says.",
        references=("CWE-287", "CWE-305", "CWE-613", "OWASP API2:2023"),
    ),
    Rule(
        id="identity-from-header",
        severity=Severity.ERROR,
        title="A header says who the caller is",
        summary="A layer, a guard or an extractor takes a header (`X-Forwarded-User`, a forwarded certificate, `Host`) "
        "for the caller's identity or for leave to pass, in a service that reads certificates itself.",
        why="A header is what the client writes. It is worth something only behind a proxy that nobody gets around, and "
        "that deletes the header from what clients send.",
        remedy="Take the identity from the connection's certificate alone; behind a proxy, from a listener that only the "
        "proxy reaches.",
        references=("CWE-290", "CWE-348", "CWE-807", "OWASP API2:2023"),
    ),
    Rule(
        id="identity-defaulted",
        severity=Severity.WARNING,
        title="A missing identity is replaced by a default",
        summary="A handler takes the identity as an option and goes on with a default where there is none.",
        why="A route that was left outside of the guard then answers, instead of failing.",
        remedy="Ask for the identity itself: an extractor that is not optional fails where nobody has put it there.",
        references=("CWE-636", "CWE-287", "OWASP API2:2023"),
    ),
    Rule(
        id="guard-by-request",
        severity=Severity.WARNING,
        title="The guard decides by path or method whom it asks",
        summary="A guard that reads the certificate lets requests pass by their path or method, before they are routed.",
        why="What comes behind it may read the request differently: slashes that are joined, another spelling, a header "
        "that overrides the method. What is not on the list is then open.",
        remedy="Put the guard around the routes that need it, so that the router alone decides what a request is.",
        references=("CWE-863", "CWE-436", "OWASP API5:2023"),
    ),
    Rule(
        id="guard-after-input",
        severity=Severity.NOTE,
        title="Input is read before the caller is looked at",
        summary="Callers are looked at by an extractor behind those of parameters or body, or by the handler itself.",
        why="Strangers are told what is wrong with their input, and their input reaches the code that parses it.",
        remedy="Let a layer look at the caller: it runs before every extractor.",
        references=("CWE-696", "CWE-209", "OWASP API8:2023"),
    ),
)

TLS = (
    Rule(
        id="client-certificate-not-verified",
        severity=Severity.ERROR,
        title="A verifier of client certificates does not verify",
        summary="An implementation of `ClientCertVerifier` says that a certificate is good without having asked a real "
        "verifier, or asks it about another moment than now.",
        why="Anyone can make a certificate with any name in it. The signature over the handshake only shows that they have "
        "its key.",
        remedy="Use `WebPkiClientVerifier`; what must be checked beyond it comes after its answer.",
        references=("CWE-295", "CWE-298", "OWASP API2:2023"),
    ),
    Rule(
        id="client-certificate-not-requested",
        severity=Severity.ERROR,
        title="The listener asks nobody for a certificate",
        summary="The document demands client certificates, and every TLS configuration of a server in the source is built "
        "without client authentication.",
        why="No client can show its certificate: what calls itself mutual TLS is TLS.",
        remedy="Build the configuration with `with_client_cert_verifier`.",
        references=("CWE-306", "CWE-295", "OWASP API2:2023"),
    ),
    Rule(
        id="public-roots-for-clients",
        severity=Severity.ERROR,
        title="Client certificates of any public CA are accepted",
        summary="The roots of a verifier of client certificates are those of the system or of the web.",
        why="Anyone who has a domain has a certificate of such a CA.",
        remedy="Trust the CA that issues certificates for your clients, and no other.",
        references=("CWE-295", "CWE-296", "OWASP API2:2023"),
    ),
    Rule(
        id="no-roots-for-clients",
        severity=Severity.WARNING,
        title="The verifier of client certificates trusts no CA",
        summary="A verifier of client certificates is given an empty store of roots.",
        why="rustls refuses to build it, or it refuses every certificate; who then lets clients in without one has nothing "
        "left of mutual TLS.",
        remedy="Add the CA that issues certificates for your clients before the verifier is built.",
        references=("CWE-296", "CWE-295", "OWASP API8:2023"),
    ),
    Rule(
        id="revocation-not-checked",
        severity=Severity.NOTE,
        title="Revoked client certificates are accepted",
        summary="A verifier of client certificates is built without revocation lists.",
        why="A certificate whose key was lost is good until it expires.",
        remedy="Give the verifier CRLs and renew them, or issue certificates that live for hours.",
        references=("CWE-299", "RFC 5280 §6.3", "OWASP API2:2023"),
    ),
    Rule(
        id="plaintext-listener-in-source",
        severity=Severity.WARNING,
        title="Routes are also served without TLS",
        summary="A binary that configures TLS serves a router on a plain listener too.",
        why="Without TLS nobody shows a certificate; where the listener is reached, the guard is stepped around.",
        remedy="Serve only what is public there, or bind it to an address that only operators reach.",
        references=("CWE-319", "CWE-420", "OWASP API8:2023"),
    ),
)

INPUT = (
    Rule(
        id="path-parameter-in-file-path",
        severity=Severity.WARNING,
        title="A path parameter becomes part of a file's path",
        summary="A handler joins a text from the request's path to a folder, and does not look at what is in it.",
        why="The router has decoded `%2f` and `..` by then, and joining an absolute path forgets the folder.",
        remedy="Parse it into a number or look it up in a table; or `canonicalize` and let pass what `starts_with` the folder.",
        references=("CWE-22", "OWASP API8:2023"),
    ),
    Rule(
        id="unwrap-on-request-data",
        severity=Severity.NOTE,
        title="What a request brings is unwrapped",
        summary="`unwrap` or `expect` on a header, a parameter or a member of the body.",
        why='Anyone can make the handler panic. The connection dies with it, and with `panic = "abort"` the service.',
        remedy="Answer 400: `ok_or`, `?`, or an extractor with the right type.",
        references=("CWE-248", "CWE-20", "OWASP API4:2023"),
    ),
    Rule(
        id="untyped-body",
        severity=Severity.NOTE,
        title="The body has a type in the document and none in the source",
        summary="The handler takes `Json<Value>` where the document has a schema.",
        why="Nothing in the source holds callers to what the document says.",
        remedy="Deserialise into a type of its own, with `deny_unknown_fields` where the schema says so.",
        references=("CWE-20", "OWASP API3:2023"),
    ),
)

RULES: tuple[Rule, ...] = (*ROUTES, *IDENTITY, *TLS, *INPUT)
IDS = frozenset(rule.id for rule in RULES)
"""What only reading the source can find, or refute."""
