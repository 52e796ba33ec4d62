"""How to demand a certificate, and one that verifies, everywhere."""

from specdrift.rules.explanation import Explanation, Stack, fix, fixes

NOT_ENFORCED = Explanation(
    rule="mtls-not-enforced",
    probed="Every operation whose document demands mutual TLS is asked without a certificate, on a connection of its "
    "own, beside a good certificate on the same operation and a path that does not exist. It is reported where the "
    "answer is of the good certificate's kind, and only after it was so again on fresh connections.",
    correct="It ends the handshake with an alert (`certificate_required` in TLS 1.3), or answers 401 or 403, or, like "
    "nginx, 400 with a word about the certificate. It gives no part of the operation's answer.",
    fixes=fixes(
        fix(
            Stack.AXUM,
            "A layer wraps the routes added before it, and no others: add it after the last `route`, `merge` or "
            "`nest` that it must guard.",
            """
                let guarded = Router::new()
                    .route("/invoices", get(list))
                    .route("/invoices/{id}", get(read))
                    .route_layer(from_fn(require_certificate)); // after the last route
                let app = public.merge(guarded);
                """,
        ),
        fix(
            Stack.NGINX,
            "Use `on` where every path needs a certificate. `optional` only asks: then decide, once for the "
            "server or in each location.",
            """
                server {
                    listen 443 ssl;
                    ssl_client_certificate clients.pem;
                    ssl_verify_client optional;
                    location / { if ($ssl_client_verify != SUCCESS) { return 401; } }
                    location = /health { return 204; }
                }
                """,
        ),
        fix(
            Stack.ENVOY,
            "A validation context alone makes the certificate optional; require it in every filter chain.",
            """
                # DownstreamTlsContext
                require_client_certificate: true
                common_tls_context:
                  validation_context: {trusted_ca: {filename: clients.pem}}
                """,
        ),
        fix(
            Stack.HAPROXY,
            "`verify required` where every path needs one; with `optional`, a rule that names the open paths.",
            """
                bind :443 ssl crt site.pem ca-file clients.pem verify optional
                acl open path /health
                http-request deny deny_status 401 unless open or { ssl_c_used } { ssl_c_verify 0 }
                """,
        ),
        fix(
            Stack.APACHE,
            "`SSLVerifyClient require` for the virtual host, or `optional` and a `Require` at the top. A nested "
            "`<Location>` with a `Require` of its own replaces it, unless it says `AuthMerging And`.",
            """
                SSLCACertificateFile clients.pem
                SSLVerifyClient optional
                <Location "/">
                    Require expr %{SSL_CLIENT_VERIFY} == 'SUCCESS'
                </Location>
                """,
        ),
        fix(
            Stack.SPRING,
            "`server.ssl.client-auth=need` for all, or `want` and a rule that closes what no other rule opens.",
            """
                http.x509(withDefaults())
                    .authorizeHttpRequests(requests -> requests
                        .requestMatchers("/health").permitAll()
                        .anyRequest().authenticated());
                """,
        ),
        fix(
            Stack.GO,
            "`RequireAndVerifyClientCert` for all, or `VerifyClientCertIfGiven` and a guard around the mux.",
            """
                server.TLSConfig = &tls.Config{
                    ClientAuth: tls.RequireAndVerifyClientCert,
                    ClientCAs:  clients,
                }
                """,
        ),
        fix(
            Stack.NODE,
            "`requestCert` alone asks and lets everybody in; `rejectUnauthorized` has to be true as well, or a "
            "guard has to look at `authorized` and at the certificate: who resumes a TLS 1.3 session that was made "
            "without one is `authorized` too.",
            """
                const known = (socket) => socket.authorized && socket.getPeerCertificate().raw;
                const guard = (req, res, next) => (known(req.socket) ? next() : res.sendStatus(401));
                app.use('/invoices', guard); // before the routes
                https.createServer({ key, cert, ca, requestCert: true, rejectUnauthorized: false }, app);
                """,
        ),
    ),
)

INVALID_ACCEPTED = Explanation(
    rule="invalid-certificate-accepted",
    probed="Every operation is asked with certificates that must not count: self-signed in the name of a good one, of "
    "another CA, of a CA with the right name and another key, expired, not yet valid, for servers only, with a broken "
    "chain, and what else the configuration gives reason for (`specdrift identities` lists them). Each is held "
    "against a good certificate of the same shape, and counts only if it was really sent and proved. On one operation "
    "each is also sent over HTTP/2 and to each further address of the host.",
    correct="It verifies the chain, the dates and the purpose for each connection, and ends the handshake with "
    "`unknown_ca`, `certificate_expired`, `bad_certificate` or the like; nginx answers 400.",
    fixes=fixes(
        fix(
            Stack.AXUM,
            "Let rustls verify; no `ClientCertVerifier` of your own, whose default is to believe.",
            """
                let verifier = WebPkiClientVerifier::builder(Arc::new(client_roots)).build()?;
                let config = ServerConfig::builder()
                    .with_client_cert_verifier(verifier)
                    .with_single_cert(chain, key)?;
                """,
        ),
        fix(
            Stack.NGINX,
            "Compare with SUCCESS. `!= NONE` lets FAILED in, and `optional_no_ca` verifies nothing.",
            """
                server {
                    listen 443 ssl;
                    ssl_client_certificate clients.pem;
                    ssl_verify_client optional;
                    location / { if ($ssl_client_verify != SUCCESS) { return 403; } }
                }
                """,
        ),
        fix(
            Stack.ENVOY,
            "Name the CA, and do not accept untrusted chains; a hash or a name to match is no chain.",
            """
                # DownstreamTlsContext
                require_client_certificate: true
                common_tls_context:
                  validation_context:
                    trusted_ca: {filename: clients.pem}
                    trust_chain_verification: VERIFY_TRUST_CHAIN
                """,
        ),
        fix(
            Stack.HAPROXY,
            "No `crt-ignore-err` or `ca-ignore-err`; where they must be, look at the result as well.",
            """
                bind :443 ssl crt site.pem ca-file clients.pem verify required
                http-request deny deny_status 403 unless { ssl_c_verify 0 } { ssl_c_ca_err 0 }
                """,
        ),
        fix(
            Stack.APACHE,
            "`require` rather than `optional_no_ca`, only your own CA in the file, and CRLs if you revoke.",
            """
                SSLVerifyClient require
                SSLCACertificateFile clients.pem
                SSLVerifyDepth 2
                """,
        ),
        fix(
            Stack.SPRING,
            "A trust store with your CA alone, and no trust manager with an empty `checkClientTrusted`.",
            """
                # application.properties
                server.ssl.client-auth=need
                server.ssl.trust-certificate=classpath:clients.pem
                """,
        ),
        fix(
            Stack.GO,
            "Not `RequireAnyClientCert` or `RequestClientCert`, and never a nil `ClientCAs`, which is every public "
            "CA. Ask for verified chains, not for `PeerCertificates`.",
            """
                if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
                    http.Error(w, "a client certificate is needed", http.StatusUnauthorized)
                    return
                }
                """,
        ),
        fix(
            Stack.NODE,
            "`getPeerCertificate()` also returns what did not verify; `authorized` says whether it did.",
            """
                const options = { key, cert, ca: clientCa, requestCert: true, rejectUnauthorized: true };
                https.createServer(options, (req, res) => {
                  if (!req.socket.authorized) return res.writeHead(401).end();
                  app(req, res);
                });
                """,
        ),
    ),
)

INCONSISTENT = Explanation(
    rule="enforcement-inconsistent",
    probed="The guarded operations are asked without a certificate over HTTP/1.1 and HTTP/2, in TLS 1.2 and 1.3, at "
    "every address that the host resolves to, and on 24 fresh connections or more spread over the API; a few of them "
    "also without ALPN, by HTTP/1.0 and 0.9, with Upgrade (websocket, h2c) and with a ClientHello in two records. Where one "
    "gets in, each guarded operation is asked 16 times more; the report says how many got in and what they share.",
    correct="It refuses alike at each address, in each version and protocol, and on each attempt.",
    fixes=fixes(
        fix(
            Stack.AXUM,
            "One configuration and one router for all listeners.",
            """
                let config = Arc::new(config);
                for address in ["0.0.0.0:443", "[::]:443"] {
                    let listener = TcpListener::bind(address).await?;
                    tokio::spawn(serve(listener, config.clone(), app.clone()));
                }
                """,
        ),
        fix(
            Stack.NGINX,
            "All `listen` lines in the same `server`; a second block for IPv6 is how they come apart.",
            """
                server {
                    listen 443 ssl;
                    listen [::]:443 ssl;
                    ssl_protocols TLSv1.2 TLSv1.3;
                    ssl_client_certificate clients.pem;
                    ssl_verify_client on;
                }
                """,
        ),
        fix(
            Stack.ENVOY,
            "One secret for the validation context of every filter chain, that of the QUIC listener included.",
            """
                # DownstreamTlsContext
                require_client_certificate: true
                common_tls_context:
                  validation_context_sds_secret_config:
                    name: clients
                    sds_config: {path_config_source: {path: clients.yaml}}
                """,
        ),
        fix(
            Stack.HAPROXY,
            "One `bind` for both families and all protocols.",
            """
                bind :::443 v4v6 ssl crt site.pem alpn h2,http/1.1 ca-file clients.pem verify required
                """,
        ),
        fix(
            Stack.APACHE,
            "Ask in the virtual host, which serves both families. Asking in a `<Location>` needs a renegotiation, "
            "that TLS 1.3 clients may not offer and HTTP/2 forbids.",
            """
                <VirtualHost *:443>
                    SSLEngine on
                    SSLCACertificateFile clients.pem
                    SSLVerifyClient optional
                </VirtualHost>
                """,
        ),
        fix(
            Stack.SPRING,
            "The same file for every replica, and one connector: HTTP/2 shares it.",
            """
                # application.properties
                server.ssl.client-auth=need
                server.ssl.enabled-protocols=TLSv1.2,TLSv1.3
                server.http2.enabled=true
                """,
        ),
        fix(
            Stack.GO,
            "The same `tls.Config` for every listener.",
            """
                for _, address := range []string{"192.0.2.1:443", "[2001:db8::1]:443"} {
                    listener, err := tls.Listen("tcp", address, config)
                    if err != nil {
                        log.Fatal(err)
                    }
                    go server.Serve(listener)
                }
                """,
        ),
        fix(
            Stack.NODE,
            "The same options for HTTP/1.1 and HTTP/2: one server serves both, on both families.",
            """
                const options = { key, cert, ca, requestCert: true, rejectUnauthorized: true };
                http2.createSecureServer({ ...options, allowHTTP1: true }, handler).listen(443, '::');
                """,
        ),
    ),
)

EXPLANATIONS = (NOT_ENFORCED, INVALID_ACCEPTED, INCONSISTENT)
