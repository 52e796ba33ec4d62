"""How to close every further door, and how to keep one name, and one session, from opening another's."""

from specdrift.rules.explanation import Explanation, Stack, fix, fixes

PLAINTEXT = Explanation(
    rule="plaintext-listener",
    probed="A few guarded operations are asked without TLS on the same port, and without a certificate on each further "
    "listener (`server.listeners`) and at the document's other servers on the same host, at every address of it and "
    "both families; once one is there, all are. Servers at other hosts are named in the report and not asked. No credential of any kind is sent without TLS.",
    correct="It closes the connection, answers 400 (HTTP was sent to an HTTPS port), 403, 404 or 421, or redirects to "
    "https; 426 would do as well.",
    fixes=fixes(
        fix(
            Stack.AXUM,
            "One listener, of rustls. A health check for the load balancer gets a router of its own, on loopback.",
            """
            let health = Router::new().route("/health", get(health));
            let listener = TcpListener::bind("127.0.0.1:8080").await?;
            tokio::spawn(async move { axum::serve(listener, health).await });
            """,
        ),
        fix(
            Stack.NGINX,
            "`ssl` on every `listen` of the API, and nothing but a redirect on port 80.",
            """
            server {
                listen 80;
                return 308 https://api.example.com$request_uri;
            }
            """,
        ),
        fix(
            Stack.ENVOY,
            "A TLS context with `require_client_certificate` in every filter chain, and no plain HTTP in a virtual host. "
            "In Istio: PeerAuthentication STRICT, not PERMISSIVE.",
            """
            # VirtualHost
            name: api
            domains: [api.example.com]
            require_tls: ALL
            """,
        ),
        fix(
            Stack.HAPROXY,
            "`ssl verify required` on each `bind`, and a redirect for what came without TLS.",
            """
            bind :80
            bind :443 ssl crt site.pem ca-file clients.pem verify required
            http-request redirect scheme https code 308 unless { ssl_fc }
            """,
        ),
        fix(
            Stack.APACHE,
            "`SSLEngine on`, never `optional`, and nothing of the API in the virtual host for port 80.",
            """
            <VirtualHost *:80>
                Redirect permanent "/" "https://api.example.com/"
            </VirtualHost>
            """,
        ),
        fix(
            Stack.SPRING,
            "No second connector. The management port has a TLS setting of its own.",
            """
            # application.properties
            server.ssl.client-auth=need
            management.server.port=9443
            management.server.address=127.0.0.1
            management.server.ssl.client-auth=need
            """,
        ),
        fix(
            Stack.GO,
            "No `http.ListenAndServe` with the same handler; port 80 gets one that only redirects.",
            """
            redirect := http.RedirectHandler("https://api.example.com/", http.StatusPermanentRedirect)
            go http.ListenAndServe(":80", redirect)
            log.Fatal(server.ListenAndServeTLS("site.pem", "site.key"))
            """,
        ),
        fix(
            Stack.NODE,
            "No `http.createServer(app)` or `app.listen()` beside the TLS server.",
            """
            http.createServer((req, res) => {
              res.writeHead(308, { location: `https://api.example.com${req.url}` }).end();
            }).listen(80);
            https.createServer(options, app).listen(443);
            """,
        ),
    ),
)

NAMES = Explanation(
    rule="host-sni-confusion",
    probed="Where the right name refuses a caller without a certificate, names that do not belong together are tried: "
    "SNI and Host that differ, no SNI, an unknown or upper-case one, a subdomain, a trailing dot, an address, Host "
    "without its port, twice, or not at all (HTTP/1.0), X-Forwarded-Host, further names of the listener "
    "(`server.names`), another `:authority` in HTTP/2, and a second request on a connection that was opened for "
    "something public.",
    correct="It answers 421 (RFC 9110 §15.5.20), or 400, 403 or 404, or ends the handshake with `unrecognized_name`.",
    fixes=fixes(
        fix(
            Stack.AXUM,
            "Leave `Host` out of the guard, and compare it with the SNI that the acceptor put beside the certificate.",
            """
            let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
            if host.map(without_port) != Some(connection.server_name.as_str()) {
                return StatusCode::MISDIRECTED_REQUEST.into_response();
            }
            """,
        ),
        fix(
            Stack.NGINX,
            "A default server that refuses unknown names, and the same `ssl_verify_client` in all servers of a port.",
            """
            server { listen 443 ssl default_server; ssl_reject_handshake on; }
            server {
                listen 443 ssl;
                server_name api.example.com;
                ssl_client_certificate clients.pem;
                ssl_verify_client on;
            }
            """,
        ),
        fix(
            Stack.ENVOY,
            "A filter chain for each name, and in it routes for no other name.",
            """
            # FilterChain
            filter_chain_match: {server_names: [api.example.com]}
            # and in its RouteConfiguration: virtual_hosts: [{name: api, domains: [api.example.com]}]
            """,
        ),
        fix(
            Stack.HAPROXY,
            "`strict-sni`, and a rule that compares the two.",
            """
            bind :443 ssl crt site.pem strict-sni ca-file clients.pem verify required
            http-request set-var(txn.host) req.hdr(host),host_only,lower
            http-request deny deny_status 421 unless { ssl_fc_sni,lower,strcmp(txn.host) eq 0 }
            """,
        ),
        fix(
            Stack.APACHE,
            "Refuse clients without SNI, and give all virtual hosts of a port the same client CAs. (httpd 2.4.64 and "
            "later answer 421 where they differ.)",
            """
            SSLStrictSNIVHostCheck On
            """,
        ),
        fix(
            Stack.SPRING,
            "Tomcat 9.0.113, 10.1.50 or 11.0.15 and later compare the hosts that SNI and Host lead to, unless told not to.",
            """
            @Bean WebServerFactoryCustomizer<TomcatServletWebServerFactory> strictSni() {
                return factory -> factory.addConnectorCustomizers(
                    connector -> connector.setProperty("strictSni", "true"));
            }
            """,
        ),
        fix(
            Stack.GO,
            "net/http compares nothing by itself.",
            """
            host, _, err := net.SplitHostPort(r.Host)
            if err != nil {
                host = r.Host
            }
            if !strings.EqualFold(host, r.TLS.ServerName) {
                w.WriteHeader(http.StatusMisdirectedRequest)
                return
            }
            """,
        ),
        fix(
            Stack.NODE,
            "Compare in the first middleware; `trust proxy` only behind a proxy, else X-Forwarded-Host counts.",
            """
            app.use((req, res, next) => {
              const host = (req.headers.host ?? '').toLowerCase().replace(/:\\d+$/, '');
              return host === req.socket.servername ? next() : res.sendStatus(421);
            });
            """,
        ),
    ),
)

RESUMPTION = Explanation(
    rule="resumption-bypass",
    probed="Nobody, the identities that must be refused and a certificate that nobody trusts each make a session where "
    "they get in, and resume it where a full handshake of theirs is refused, over TLS 1.2 and 1.3; nobody also sends "
    "requests as early data, through `openssl s_client` where that is installed. It counts only where the connection "
    "was really resumed, the early data taken as such, and the answer the operation's own. Who resumes the session of "
    "a good certificate, itself or stolen, is its bearer by design: that is not tried. Sessions are made under this "
    "name, none, others (`server.names`) and at other doors. A revoked certificate makes its own where it still "
    "gets in (the identity's `names`, or TLS that leaves the judgement to the application). One that is older than the "
    "revocation is tried where the owner keeps it: `openssl s_client -connect HOST:443 -servername HOST -CAfile ca.pem "
    "-cert alice.pem -key alice.key -sess_out alice.session`, ended when it has connected, makes it before; after "
    'the revocation, and before the session ends by itself, `session-file = "alice.session"` and `expect = "refused"` '
    "in `[[identities]]` have it resumed, without the certificate and its key. Where the server never takes "
    "it up, the run says so.",
    correct="It makes a full handshake, ends it with an alert, or answers 421; to early data it answers 425 or waits "
    "for the handshake to end (RFC 8470).",
    fixes=fixes(
        fix(
            Stack.AXUM,
            "A `ServerConfig` for each set of client CAs, none of which share storage or tickets; or no sessions.",
            """
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
            config.max_early_data_size = 0; // the default
            """,
        ),
        fix(
            Stack.NGINX,
            "1.26.3, 1.27.4 or later; where names of a port differ in client certificates, no sessions.",
            """
            server {
                listen 443 ssl;
                ssl_session_cache off;
                ssl_session_tickets off;
                ssl_early_data off;
            }
            """,
        ),
        fix(
            Stack.ENVOY,
            "Sessions are bound to the context that they are from; they can also be switched off.",
            """
            # DownstreamTlsContext
            require_client_certificate: true
            disable_stateless_session_resumption: true
            disable_stateful_session_resumption: true
            """,
        ),
        fix(
            Stack.HAPROXY,
            "No tickets, no `allow-0rtt`; `tune.ssl.cachesize 0` in `global` for no sessions at all.",
            """
            bind :443 ssl crt site.pem ca-file clients.pem verify required no-tls-tickets
            http-request wait-for-handshake
            """,
        ),
        fix(
            Stack.APACHE,
            "httpd 2.4.64 or later; where virtual hosts differ in client CAs, no sessions. Nor with `optional_no_ca`: over "
            "TLS 1.2, `SSL_CLIENT_VERIFY` of a resumed session is `SUCCESS` for a certificate that was not verified.",
            """
            SSLSessionCache none
            SSLSessionTickets Off
            """,
        ),
        fix(
            Stack.SPRING,
            "Tomcat keeps sessions for each host's context; shorten their life to that of a revocation.",
            """
            @Bean WebServerFactoryCustomizer<TomcatServletWebServerFactory> shortSessions() {
                return factory -> factory.addConnectorCustomizers(connector -> {
                    for (SSLHostConfig host : connector.findSslHostConfigs()) host.setSessionTimeout(60);
                });
            }
            """,
        ),
        fix(
            Stack.GO,
            "Go 1.24.13 or 1.25.7 and later, and a check that also runs when a session is resumed: "
            "`VerifyPeerCertificate` does not.",
            """
            config.VerifyConnection = func(state tls.ConnectionState) error {
                if len(state.PeerCertificates) == 0 {
                    return errors.New("no client certificate")
                }
                options := x509.VerifyOptions{Roots: clients, KeyUsages: clientAuth}
                _, err := state.PeerCertificates[0].Verify(options)
                return err
            }
            """,
        ),
        fix(
            Stack.NODE,
            "`rejectUnauthorized: true`: without it, who resumes a TLS 1.3 session that was made without a certificate is "
            "`authorized`, so a guard has to ask `getPeerCertificate().raw` too. No tickets, and a session context of "
            "its own for each server that shares keys with others.",
            """
            const options = {
              key, cert, ca, requestCert: true, rejectUnauthorized: true,
              sessionIdContext: 'invoices', secureOptions: crypto.constants.SSL_OP_NO_TICKET,
            };
            """,
        ),
    ),
)

EXPLANATIONS = (PLAINTEXT, NAMES, RESUMPTION)
