"""How to believe no header that a proxy would set, unless that proxy set it."""

from specdrift.rules.explanation import Explanation, Stack, fix, fixes

FIXES = fixes(
    fix(
        Stack.AXUM,
        "The identity that the TLS acceptor put into the extensions, never one from `HeaderMap`.",
        """
        async fn require_certificate(
            Extension(peer): Extension<Peer>, mut request: Request, next: Next,
        ) -> Result<Response, StatusCode> {
            let identity = peer.identity().ok_or(StatusCode::UNAUTHORIZED)?;
            request.extensions_mut().insert(identity); // replaces what is there
            Ok(next.run(request).await)
        }
        """,
    ),
    fix(
        Stack.NGINX,
        "Set each header in every `location` that sets any: one `proxy_set_header` drops those of the level above.",
        """
        location / {
            proxy_set_header X-SSL-Client-Cert $ssl_client_escaped_cert;
            proxy_set_header X-SSL-Client-Verify $ssl_client_verify;
            proxy_set_header X-Forwarded-Client-Cert "";
            proxy_set_header Client-Cert "";
            proxy_pass http://127.0.0.1:8080;
        }
        """,
    ),
    fix(
        Stack.ENVOY,
        "Replace X-Forwarded-Client-Cert, and refuse names with an underscore, which servers may fold into dashes.",
        """
        # HttpConnectionManager
        forward_client_cert_details: SANITIZE_SET
        common_http_protocol_options: {headers_with_underscores_action: REJECT_REQUEST}
        """,
    ),
    fix(
        Stack.HAPROXY,
        "Delete all that begin so, in both spellings, before setting your own.",
        """
        http-request del-header ^x[-_](ssl|client|forwarded[-_]client) -m reg
        http-request del-header ^(ssl|client)[-_](client|cert) -m reg
        http-request set-header x-ssl-client-cert %[ssl_c_der,base64] if { ssl_c_used }
        """,
    ),
    fix(
        Stack.APACHE,
        "Unset early, set late; `%{…}s` is mod_ssl's own variable, `%{…}e` may come from elsewhere.",
        """
        RequestHeader unset X-SSL-Client-Cert early
        RequestHeader unset X-Forwarded-Client-Cert early
        RequestHeader set X-SSL-Client-Cert "%{SSL_CLIENT_CERT}s"
        """,
    ),
    fix(
        Stack.SPRING,
        "`x509()`, not a RequestHeaderAuthenticationFilter; without a proxy no `SSLValve` or `RemoteIpValve`.",
        """
        # application.properties
        server.ssl.client-auth=need
        server.forward-headers-strategy=none
        """,
    ),
    fix(
        Stack.GO,
        "`r.TLS.VerifiedChains`, never `r.Header`. A reverse proxy deletes before it sets.",
        """
        proxy := &httputil.ReverseProxy{Rewrite: func(out *httputil.ProxyRequest) {
            out.SetURL(backend)
            out.Out.Header.Del("X-Forwarded-Client-Cert")
            out.Out.Header.Set("Client-Cert", encoded(out.In.TLS.VerifiedChains[0][0]))
        }}
        """,
    ),
    fix(
        Stack.NODE,
        "The certificate of the socket after `authorized`; `trust proxy` off, or a list of addresses.",
        """
        app.set('trust proxy', false);
        app.use((req, res, next) => {
          if (!req.socket.authorized) return res.sendStatus(401);
          req.identity = req.socket.getPeerCertificate().subject.CN; // not from req.headers
          next();
        });
        """,
    ),
)

TRUSTED = Explanation(
    rule="forwarded-certificate-trusted",
    probed="Some 150 headers of proxies, clouds and frameworks are sent without a certificate, with the public "
    "certificate or name of a good identity in every documented format, with `-` and `_` exchanged, behind another "
    "of the same name, and named by Connection: in bundles, of which a hit is narrowed down to the fewest headers. Those are sent again on fresh "
    "connections, beside as much noise and beside invalid values. With more than eight operations each gets a part of "
    "the bundles in turn, and whatever got in elsewhere; `--exhaustive` sends all to each.",
    correct="It answers as if the headers were not there.",
    fixes=FIXES,
)

OVERRIDE = Explanation(
    rule="forwarded-identity-override",
    probed="A caller with a valid certificate sends the same headers in the name of another identity. It counts where "
    "it is admitted to what only the other may do, or gets the other's answer to the byte where both have stable "
    "answers that differ. Needs two good identities.",
    correct="It answers as if the headers were not there: as to the holder of the certificate.",
    fixes=FIXES,
)

EXPLANATIONS = (TRUSTED, OVERRIDE)
