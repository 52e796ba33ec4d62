"""Rules about the source code: its routes and guards, compared with the document."""

from specdrift.model.result.drift import Severity
from specdrift.rules import gateway
from specdrift.rules.rule import Rule

ROUTES = (
    Rule(
        id="route-not-guarded",
        severity=Severity.ERROR,
        title="A route is wired outside the guard",
        summary="The document requires a client certificate for an operation, and no layer, extractor or handler in "
        "the source refuses callers without one. The confidence is lower if that depends on a condition; it "
        "is a warning if the source has no TLS at all.",
        why="A layer wraps the routes added before it, and none added later. A route that is merged, nested or "
        "added after it looks guarded, and is open.",
        remedy="Complete the router, then add the guard around it once; or name the guard in `[source] guards`.",
        references=("CWE-306", "CWE-862", "OWASP API2:2023", "OWASP API5:2023"),
    ),
    Rule(
        id="route-not-documented",
        severity=Severity.WARNING,
        title="The source has a route that the document does not have",
        summary="A route, a service or the fallback of a nested router answers, and no operation documents it.",
        why="Undocumented routes are not tested and often not guarded. Probes cannot guess them; the source shows "
        "them.",
        remedy="Document it, or remove it; move operator routes to another listener.",
        references=("CWE-1059", "OWASP API9:2023"),
    ),
    Rule(
        id="documented-route-missing",
        severity=Severity.WARNING,
        title="The document has an operation that the source does not wire",
        summary="No route of the source has the operation's path and method. It is a note if parts of the source "
        "could not be analysed.",
        why="The document is out of date, or the route has another path or method and is not tested there.",
        remedy="Remove the operation from the document, or wire the route.",
        references=("CWE-1059", "OWASP API9:2023"),
    ),
    Rule(
        id="route-attribute-mismatch",
        severity=Severity.WARNING,
        title="A handler's documentation attribute and its route disagree",
        summary="`#[utoipa::path]` of a handler has another method or path than the route that serves the handler, or no "
        "route serves it.",
        why="The generated document describes an operation that does not exist, and the real one is undocumented: tests "
        "and gateways that follow the document miss it.",
        remedy="Make the attribute say what is wired, or wire handlers with `routes!`, which takes both from the attribute.",
        references=("CWE-1059", "OWASP API9:2023"),
    ),
    Rule(
        id="open-route-guarded",
        severity=Severity.WARNING,
        title="An open operation's route is inside the guard",
        summary="The document admits callers without a certificate, and a layer of the source refuses them.",
        why="Health checks and public callers are refused; and the next change that opens the route may open "
        "more.",
        remedy="Add the route outside the guarded router, or require the certificate in the document.",
        references=("CWE-863", "OWASP API8:2023"),
    ),
    Rule(
        id="role-not-guarded",
        severity=Severity.WARNING,
        title="No layer requires the role that the document names",
        summary="The document names a role, and the source has a layer that requires it, but not around this route.",
        why="Every caller with any valid certificate is admitted: authentication replaces authorization.",
        remedy="Put the layer for the role around the route, inside the layer for the certificate.",
        references=("CWE-862", "OWASP API5:2023"),
    ),
    Rule(
        id="role-not-documented",
        severity=Severity.WARNING,
        title="A layer requires a role that the document does not name",
        summary="A layer around a route requires a role that the operation's requirement does not have.",
        why="Callers that follow the document are refused.",
        remedy="Name the role in the document, or remove the layer.",
        references=("CWE-863", "OWASP API5:2023"),
    ),
)

IDENTITY = (
    Rule(
        id="identity-not-revalidated",
        severity=Severity.ERROR,
        title="The guard accepts an identity that is already present",
        summary="A guard that reads the client certificate has a branch that admits callers because of something else "
        "in the request's extensions: an identity that an earlier layer stored, or a connection's state.",
        why="Everything that can store the value decides the caller's identity: a layer for a proxy, an earlier "
        "request on the same connection. The certificate of this request is not checked.",
        remedy="Let the guard replace the stored identity by that of the connection's certificate.",
        references=("CWE-287", "CWE-305", "CWE-613", "OWASP API2:2023"),
    ),
    Rule(
        id="guard-checks-nothing",
        severity=Severity.ERROR,
        title="A guard checks nothing",
        summary="A middleware around a route passes every request to the handler: it is a placeholder, its check is a "
        "constant, it reads the caller and ignores what it read, or it rejects only after the handler has run.",
        why="The route looks guarded, in the source and in reviews, and is open.",
        remedy="Verify the certificate of this connection before the handler is called, and return an error without it.",
        references=("CWE-306", "CWE-862", "CWE-285", "OWASP API2:2023"),
    ),
    Rule(
        id="identity-from-header",
        severity=Severity.ERROR,
        title="A header decides the caller's identity",
        summary="A layer, a guard or an extractor takes the caller's identity or permission from a header "
        "(`X-Forwarded-User`, a forwarded certificate, `Host`), in a service that reads certificates itself.",
        why="Clients write headers. They can be trusted only behind a proxy that cannot be bypassed and deletes "
        "them from client requests.",
        remedy="Take the identity from the connection's certificate only; behind a proxy, use a listener that only "
        "the proxy reaches.",
        references=("CWE-290", "CWE-348", "CWE-807", "OWASP API2:2023"),
    ),
    Rule(
        id="identity-defaulted",
        severity=Severity.WARNING,
        title="A missing identity is replaced by a default",
        summary="A handler takes the identity as an option and continues with a default if there is none.",
        why="A route outside the guard then answers instead of failing.",
        remedy="Use a mandatory extractor for the identity: it fails if no guard has stored one.",
        references=("CWE-636", "CWE-287", "OWASP API2:2023"),
    ),
    Rule(
        id="guard-by-request",
        severity=Severity.WARNING,
        title="The guard decides by path or method which requests it checks",
        summary="A guard that reads the certificate admits requests by path or method, before they are routed.",
        why="Code behind it may read the request differently: merged slashes, another spelling, a header that "
        "overrides the method. Everything missing from the list is open.",
        remedy="Put the guard around the routes that need it, so that the router alone interprets the request.",
        references=("CWE-863", "CWE-436", "OWASP API5:2023"),
    ),
    Rule(
        id="guard-after-input",
        severity=Severity.NOTE,
        title="Input is read before the caller is authenticated",
        summary="The caller is authenticated by an extractor after those of parameters or body, or by the handler "
        "itself.",
        why="Anonymous callers get validation errors, and their input reaches the code that parses it.",
        remedy="Authenticate the caller in a layer: it runs before every extractor.",
        references=("CWE-696", "CWE-209", "OWASP API8:2023"),
    ),
)

TLS = (
    Rule(
        id="client-certificate-not-verified",
        severity=Severity.ERROR,
        title="A client certificate verifier does not verify",
        summary="An implementation of `ClientCertVerifier` accepts a certificate without calling a real verifier, or "
        "verifies it for another time than now.",
        why="Anybody can make a certificate with any name in it. The handshake's signature proves only possession "
        "of its key.",
        remedy="Use `WebPkiClientVerifier`; run further checks after its answer.",
        references=("CWE-295", "CWE-298", "OWASP API2:2023"),
    ),
    Rule(
        id="client-certificate-not-requested",
        severity=Severity.ERROR,
        title="The listener does not request a client certificate",
        summary="The document requires client certificates, and every server TLS configuration in the source is built "
        "without client authentication.",
        why="No client can send its certificate: the connection is TLS, not mutual TLS.",
        remedy="Build the configuration with `with_client_cert_verifier`.",
        references=("CWE-306", "CWE-295", "OWASP API2:2023"),
    ),
    Rule(
        id="public-roots-for-clients",
        severity=Severity.ERROR,
        title="Client certificates of any public CA are accepted",
        summary="A client certificate verifier uses the roots of the system or of the web.",
        why="Everybody who has a domain can get a certificate of such a CA.",
        remedy="Trust only the CA that issues your clients' certificates.",
        references=("CWE-295", "CWE-296", "OWASP API2:2023"),
    ),
    Rule(
        id="no-roots-for-clients",
        severity=Severity.WARNING,
        title="The client certificate verifier trusts no CA",
        summary="A client certificate verifier has an empty root store.",
        why="rustls fails to build it, or it refuses every certificate. If clients are then admitted without one, "
        "mutual TLS is gone.",
        remedy="Add the CA that issues your clients' certificates before the verifier is built.",
        references=("CWE-296", "CWE-295", "OWASP API8:2023"),
    ),
    Rule(
        id="revocation-not-checked",
        severity=Severity.NOTE,
        title="Revoked client certificates are accepted",
        summary="A client certificate verifier is built without certificate revocation lists.",
        why="A certificate with a lost key stays valid until it expires.",
        remedy="Give the verifier CRLs and renew them, or issue certificates that live for hours.",
        references=("CWE-299", "RFC 5280 §6.3", "OWASP API2:2023"),
    ),
    Rule(
        id="plaintext-listener-in-source",
        severity=Severity.WARNING,
        title="Routes are also served without TLS",
        summary="A binary that configures TLS also serves a router without TLS.",
        why="Without TLS there are no client certificates: a client that reaches this listener bypasses the "
        "guard.",
        remedy="Serve only public routes there, or bind it to an address that only operators reach.",
        references=("CWE-319", "CWE-420", "OWASP API8:2023"),
    ),
)

INPUT = (
    Rule(
        id="path-parameter-in-file-path",
        severity=Severity.WARNING,
        title="A path parameter becomes part of a file's path",
        summary="A handler joins a string from the request's path to a folder without checking it.",
        why="The router has already decoded `%2f` and `..`, and joining an absolute path drops the folder.",
        remedy="Parse it into a number or look it up in a table; or `canonicalize` and accept only paths that "
        "`starts_with` the folder.",
        references=("CWE-22", "OWASP API8:2023"),
    ),
    Rule(
        id="unwrap-on-request-data",
        severity=Severity.NOTE,
        title="Request data is unwrapped",
        summary="`unwrap` or `expect` on a header, a parameter or a member of the body.",
        why='Anybody can make the handler panic, which ends the connection and, with `panic = "abort"`, the '
        "service.",
        remedy="Answer 400: `ok_or`, `?`, or an extractor with the right type.",
        references=("CWE-248", "CWE-20", "OWASP API4:2023"),
    ),
    Rule(
        id="untyped-body",
        severity=Severity.NOTE,
        title="The body has a type in the document and none in the source",
        summary="The handler takes `Json<Value>` where the document has a schema.",
        why="The source does not enforce the document's schema.",
        remedy="Deserialise into a type, with `deny_unknown_fields` if the schema forbids further members.",
        references=("CWE-20", "OWASP API3:2023"),
    ),
)

RULES: tuple[Rule, ...] = (*ROUTES, *IDENTITY, *TLS, *INPUT, *gateway.RULES)
IDS = frozenset(rule.id for rule in RULES)
"""Rules that only source analysis reports, of services and gateways."""
