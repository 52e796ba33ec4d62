"""Rules about ways around the certificate: another method, path, name or door."""

from specdrift.model.drift import Severity
from specdrift.rules.rule import Rule

RULES = (
    Rule(
        id="method-not-enforced",
        severity=Severity.ERROR,
        title="Another method needs no client certificate",
        summary="A caller without a certificate is refused by the documented method, and admitted by another: HEAD, a "
        "method in lower case or of nobody's definition, or a safe method with an override header or `_method` "
        "parameter; where unsafe methods may be sent, also undeclared POST, PUT or PATCH. It counts only where the "
        "answer is that of a good certificate, each time on fresh connections, and not that of a path that does not "
        "exist. A correct server answers 401, 403, 405 or 501, and HEAD as GET.",
        why="The guard is bound to the methods that somebody thought of. HEAD tells what exists, how large it is and "
        "when it changed; an override reaches the handler itself, reading or writing.",
        remedy="Guard the path, and let the method be looked at behind the guard. Axum: `route_layer` on the `Router`, "
        "since on a method router it wraps only the methods before it. nginx: no `limit_except` around the test of "
        "`$ssl_client_verify`. Envoy: no method in the RBAC rule's permissions. HAProxy: no `METH_GET` in the deny "
        "rule. Apache: `Require` outside `<Limit>`, or `<LimitExcept>` with `Require all denied`. Spring: "
        '`requestMatchers("/path/**")` without a method, `HiddenHttpMethodFilter` off or before the security filters. '
        'Go: `mux.Handle("/path", guard(handler))`, not `if r.Method == "GET"`. Node: `app.use(path, guard)`, and '
        "`method-override` before it or not at all. Servlets: no `<http-method>` in a security constraint, and "
        "`<deny-uncovered-http-methods/>`.",
        references=(
            "CWE-650",
            "CWE-288",
            "CWE-306",
            "RFC 9110 §9.3.2",
            "OWASP API5:2023",
            "OWASP API8:2023",
            "CVE-2010-0738",
        ),
    ),
    Rule(
        id="path-variant-bypass",
        severity=Severity.ERROR,
        title="Another spelling of the path needs no client certificate",
        summary="A caller without a certificate is refused at the documented path, and gets the operation's own answer "
        "when the path is written another way: double slashes, dot segments, encoded letters, slashes, dots or "
        "backslashes, double encoding, matrix parameters, a trailing slash, another case, a suffix, the absolute form, "
        "through a public prefix, or through a header that rewrites it (X-Original-URL and its like). A 200 from "
        "another handler does not count: the answer must be the operation's, on fresh connections, the good "
        "certificate's too, and no other path's. A correct server answers 400, 401, 403, 404 or a redirect.",
        why="The guard compares what was written, the router finds what was meant. Anybody who knows one spelling has "
        "the whole operation.",
        remedy="Guard the route and not the string: decide after the router has, or normalise once in front and pass "
        "on only the normal form. Axum: layers on the router, never `uri().path().starts_with(…)`; "
        "`NormalizePathLayer` outside of the guard. nginx: test `$ssl_client_verify` in `server`, or in a prefix "
        "`location` rather than `location =`; `merge_slashes on`; `proxy_pass` without a URI passes on what was "
        "written. Envoy: `normalize_path`, `merge_slashes`, `path_with_escaped_slashes_action: REJECT_REQUEST`. "
        "HAProxy: `http-request normalize-uri` before the rules. Apache: `<Location>` for URLs, `AllowEncodedSlashes "
        "Off`. Spring: keep `StrictHttpFirewall`, `PathPatternRequestMatcher` for rules as for routes. Go: "
        "wrap the handler, not the path; `r.URL.Path`, not `r.RequestURI`. Node: `app.use(guard)` before the router, "
        "`strict` and `caseSensitive` alike in both. Delete X-Original-URL and X-Rewrite-URL from what clients send.",
        references=(
            "CWE-22",
            "CWE-41",
            "CWE-289",
            "CWE-436",
            "CWE-647",
            "RFC 3986 §6.2.2",
            "OWASP API5:2023",
            "OWASP API8:2023",
            "CVE-2021-31920",
            "CVE-2018-14773",
        ),
    ),
    Rule(
        id="plaintext-listener",
        severity=Severity.ERROR,
        title="The operation can be had at a door without the certificate",
        summary="An operation that demands a certificate answers without TLS on the same port, or without a certificate "
        "on a further listener (`server.listeners`) or at another server of the document on the same host, as it "
        "answers a good certificate. A few operations are asked at each door; once one of them is there, all are. A "
        "correct server closes, answers 400 (an HTTP request to an HTTPS port), 403, 404 or 421, or redirects to https.",
        why="Who finds the second door needs no certificate at all, and without TLS everybody on the way reads along.",
        remedy="Close the door, or demand the certificate there too. Axum: one listener, of rustls with the client "
        "verifier; a health check for the load balancer in a router of its own. nginx: `ssl` on every `listen` of the "
        "server, `return 308 https://…` in the one for port 80. Envoy: a `DownstreamTlsContext` with "
        "`require_client_certificate` in every filter chain; Istio `PeerAuthentication` STRICT, not PERMISSIVE. HAProxy: "
        "`bind … ssl verify required` on each bind, `http-request redirect scheme https`. Apache: `SSLVerifyClient` in "
        "every VirtualHost, `SSLEngine on` and not `optional`. Spring: no second `Connector`; the management port has "
        "its own `server.ssl.client-auth`. Go: no `http.ListenAndServe` beside the TLS one. Node: no `http.createServer` "
        "with the same application. Bind what must stay to 127.0.0.1.",
        references=(
            "CWE-319",
            "CWE-420",
            "CWE-306",
            "RFC 9110 §4.2.2",
            "OWASP API8:2023",
            "OWASP API9:2023",
            "GHSA-9cr8-q42q-g8m7",
        ),
    ),
    Rule(
        id="host-sni-confusion",
        severity=Severity.ERROR,
        title="Names that do not belong together step around the certificate",
        summary="A caller without a certificate is refused, and gets the operation's own answer when SNI and Host differ, "
        "with no SNI, an unknown or an upper-case one, a trailing dot, an address or another name as Host, an "
        "X-Forwarded-Host, by a further name of the listener (`server.names`), or as the second request of a connection "
        "that was opened for something public. A correct server answers 421, or 400, 403 or 404, or ends the handshake.",
        why="One name chooses whether a certificate is demanded, another what is served. Who sends both chooses both.",
        remedy="Serve a request only by the name under which its connection was opened, and answer 421 (RFC 9110 "
        "§15.5.20) otherwise; refuse unknown names; let the application ask for the certificate of this connection. "
        "Axum: `Host` is no part of a guard; keep the SNI from `ServerConnection::server_name` beside the certificate. "
        "nginx 1.27.4 or later, `ssl_reject_handshake on` in the default server, the same `ssl_verify_client` in all "
        "servers of a port. Envoy: `:authority` matched per filter chain, `server_names` without a catch-all. HAProxy: "
        "`http-request deny unless { ssl_fc_sni,lower -m str -f … }` against `req.hdr(host)`, `strict-sni`. Apache: "
        "`SSLStrictSNIVHostCheck on`, `SSLVHostSNIPolicy`. Spring/Tomcat 9.0.113 or later: `strictSni`. Go: "
        "compare `r.TLS.ServerName` with `r.Host`. Node 20 or later with its security releases: compare "
        "`req.socket.servername` with `req.headers.host`; `trust proxy` only behind a proxy.",
        references=(
            "CWE-290",
            "CWE-346",
            "CWE-436",
            "RFC 6066 §3",
            "RFC 9110 §7.4",
            "RFC 9113 §9.1.2",
            "OWASP API2:2023",
            "OWASP API8:2023",
            "CVE-2025-23048",
            "CVE-2025-66614",
            "CVE-2022-23632",
            "CVE-2025-23419",
        ),
    ),
)
