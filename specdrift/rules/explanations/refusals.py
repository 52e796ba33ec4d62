"""How to let in who should be let in."""

from specdrift.rules.explanation import Explanation, Stack, fix, fixes

OVER_ENFORCED = Explanation(
    rule="mtls-over-enforced",
    probed="Operations that the document leaves open, or lets be called by an alternative without a certificate, are "
    "asked without one (with that alternative's credentials), beside a good certificate on the same operation. It is a "
    "refusal whatever the words: a client error, a login, or a success that says it went wrong, where the certificate "
    "brings what was asked for.",
    correct="It asks for a certificate where the document says so, and answers the others without.",
    fixes=fixes(
        fix(
            Stack.AXUM,
            "Let the handshake go on without a certificate, and demand it in a layer; what is added after the layer "
            "is open.",
            """
            let verifier = WebPkiClientVerifier::builder(Arc::new(client_roots))
                .allow_unauthenticated()
                .build()?;
            let app = guarded.route_layer(from_fn(require_certificate)).route("/health", get(health));
            """,
        ),
        fix(
            Stack.NGINX,
            "`optional` for the server, and the test in the locations that need it.",
            """
            server {
                listen 443 ssl;
                ssl_client_certificate clients.pem;
                ssl_verify_client optional;
                location /invoices { if ($ssl_client_verify != SUCCESS) { return 401; } }
                location = /health { return 204; }
            }
            """,
        ),
        fix(
            Stack.ENVOY,
            "Make the certificate optional (`require_client_certificate: false`) and decide by RBAC. An empty "
            "`authenticated: {}` would then let everybody in.",
            """
            # RBAC
            rules:
              action: ALLOW
              policies:
                open: {permissions: [{url_path: {path: {exact: /health}}}], principals: [{any: true}]}
                callers:
                  permissions: [{any: true}]
                  principals: [{authenticated: {principal_name: {safe_regex: {regex: ".+"}}}}]
            """,
        ),
        fix(
            Stack.HAPROXY,
            "`verify optional`, and a rule for the rest.",
            """
            bind :443 ssl crt site.pem ca-file clients.pem verify optional
            http-request deny deny_status 401 unless { path /health } or { ssl_c_used }
            """,
        ),
        fix(
            Stack.APACHE,
            "`optional` for the virtual host, and `Require` where it is needed.",
            """
            SSLVerifyClient optional
            <Location "/invoices">
                Require expr %{SSL_CLIENT_VERIFY} == 'SUCCESS'
            </Location>
            """,
        ),
        fix(
            Stack.SPRING,
            "`server.ssl.client-auth=want`, and a rule that opens the operation before `anyRequest`.",
            """
            http.x509(withDefaults())
                .authorizeHttpRequests(requests -> requests
                    .requestMatchers("/health").permitAll()
                    .anyRequest().authenticated());
            """,
        ),
        fix(
            Stack.GO,
            "`VerifyClientCertIfGiven`, and the guard around what needs it.",
            """
            server.TLSConfig = &tls.Config{ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: clients}
            mux.Handle("/invoices/", guard(invoices))
            mux.HandleFunc("/health", health)
            """,
        ),
        fix(
            Stack.NODE,
            "Let the handshake go on, and ask `authorized` and `getPeerCertificate().raw` in the guard.",
            """
            const options = { key, cert, ca, requestCert: true, rejectUnauthorized: false };
            app.get('/health', health);
            app.use(guard); // whatever comes after it
            """,
        ),
    ),
)

REFUSED = Explanation(
    rule="valid-certificate-refused",
    probed="Every identity that should get in by what the document and the configuration say is asked on every "
    "operation that demands a certificate, before and after everything else. It is reported where others get in, or "
    "the same one does elsewhere; a server that refuses everybody leaves the operation undecided. On three operations it "
    "is also sent by every other way in: TLS 1.2, HTTP/2, each further address.",
    correct="It admits a certificate that chains to its client CA, is valid now, is for clients, and is not revoked.",
    fixes=fixes(
        fix(
            Stack.AXUM,
            "Every issuing CA among the roots. With CRLs, a CA that publishes none makes its certificates refused as "
            "`unknown_ca`, unless unknown is allowed.",
            """
            let verifier = WebPkiClientVerifier::builder(Arc::new(client_roots))
                .with_crls(crls)
                .allow_unknown_revocation_status()
                .build()?;
            """,
        ),
        fix(
            Stack.NGINX,
            "The depth is 1 by default: one more for each intermediate. `ssl_crl` needs a list for every CA of the "
            "chain.",
            """
            server {
                listen 443 ssl;
                ssl_client_certificate clients.pem;
                ssl_verify_client on;
                ssl_verify_depth 3;
            }
            """,
        ),
        fix(
            Stack.ENVOY,
            "The CA of these clients in `trusted_ca`, and the names that you match as the certificate has them.",
            """
            # CertificateValidationContext
            trusted_ca: {filename: clients.pem}
            max_verify_depth: 3
            match_typed_subject_alt_names:
            - {san_type: URI, matcher: {prefix: "spiffe://example.org/"}}
            """,
        ),
        fix(
            Stack.HAPROXY,
            "A bundle of all client CAs. `crl-file` needs a list for every CA of the chain.",
            """
            bind :443 ssl crt site.pem ca-file clients.pem verify required
            http-response set-header x-verify %[ssl_c_verify] if { ssl_c_used } { src 127.0.0.1 }
            """,
        ),
        fix(
            Stack.APACHE,
            "The depth is 1 by default. Ask in the virtual host: in a `<Location>`, clients of TLS 1.3 without "
            "post-handshake authentication get 403.",
            """
            SSLCACertificateFile clients.pem
            SSLVerifyDepth 3
            SSLVerifyClient optional
            """,
        ),
        fix(
            Stack.SPRING,
            "The CA in the trust store, and a UserDetailsService that knows the name that is read from the subject.",
            """
            http.x509(x509 -> x509
                .subjectPrincipalRegex("CN=(.*?)(?:,|$)")
                .userDetailsService(directory));
            """,
        ),
        fix(
            Stack.GO,
            "All client CAs in the pool. A certificate with an extended key usage needs `clientAuth` among them.",
            """
            clients := x509.NewCertPool()
            if !clients.AppendCertsFromPEM(bundle) {
                log.Fatal("no certificate in the bundle of client CAs")
            }
            """,
        ),
        fix(
            Stack.NODE,
            "All client CAs in `ca`, and the reason in the log: `authorizationError` has it.",
            """
            server.on('tlsClientError', (error, socket) => console.warn(error.code));
            server.on('secureConnection', (socket) => {
              if (!socket.authorized) console.warn(socket.authorizationError);
            });
            """,
        ),
    ),
)

ROLE_REFUSED = Explanation(
    rule="role-over-enforced",
    probed="Every configured identity calls every operation. It is reported where one that has a declared role is "
    "refused by the application, while another good certificate gets in there, or the same one gets in elsewhere.",
    correct="It admits each certificate of a declared role.",
    fixes=fixes(
        fix(
            Stack.AXUM,
            "A subject may have several OUs: look at all of them.",
            """
            let roles: Vec<&str> = subject
                .iter_organizational_unit()
                .filter_map(|unit| unit.as_str().ok())
                .collect();
            """,
        ),
        fix(
            Stack.NGINX,
            "Write the subject to the log as nginx sees it (RFC 2253, the last attribute first), and map that.",
            """
            log_format callers '$ssl_client_s_dn|$role|$status';
            map $ssl_client_s_dn $role {
                default "";
                "CN=ops,OU=admin,O=Example" admin;
            }
            """,
        ),
        fix(
            Stack.ENVOY,
            "`principal_name` is compared with the URI SANs, else with the DNS SANs, else with the subject: match what "
            "the certificate has. `shadow_rules` tell what would be denied.",
            """
            # RBAC
            shadow_rules:
              action: ALLOW
              policies:
                administrators:
                  permissions: [{url_path: {path: {prefix: /admin}}}]
                  principals: [{authenticated: {principal_name: {exact: "spiffe://example.org/ops"}}}]
            """,
        ),
        fix(
            Stack.HAPROXY,
            "`ssl_c_s_dn(OU)` is the first OU, `ssl_c_s_dn(OU,2)` the second.",
            """
            acl administrator ssl_c_s_dn(OU) -m str admin
            acl administrator ssl_c_s_dn(OU,2) -m str admin
            http-request deny deny_status 403 if { path_beg /admin } !administrator
            """,
        ),
        fix(
            Stack.APACHE,
            "Without a suffix the variable is the first OU; `_0`, `_1` … name each.",
            """
            <Location "/admin">
                Require expr 'admin' in { %{SSL_CLIENT_S_DN_OU}, %{SSL_CLIENT_S_DN_OU_1} }
            </Location>
            """,
        ),
        fix(
            Stack.SPRING,
            "`hasRole` puts `ROLE_` in front, `hasAuthority` does not: grant what the rule asks for.",
            """
            UserDetails user = User.withUsername("ops").password("").roles("ADMIN").build();
            """,
        ),
        fix(
            Stack.GO,
            "Look at all units, and at the SAN if that is where the role is.",
            """
            leaf := r.TLS.VerifiedChains[0][0]
            allowed := slices.Contains(leaf.Subject.OrganizationalUnit, "admin") ||
                slices.ContainsFunc(leaf.URIs, func(uri *url.URL) bool { return uri.Path == "/ops" })
            """,
        ),
        fix(
            Stack.NODE,
            "One OU is a string, several are a list.",
            """
            const units = [].concat(req.socket.getPeerCertificate().subject?.OU ?? []);
            const allowed = units.includes('admin');
            """,
        ),
    ),
)

EXPLANATIONS = (OVER_ENFORCED, REFUSED, ROLE_REFUSED)
