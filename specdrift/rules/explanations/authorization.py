"""How to look at the role, at every credential, and at what a token is bound to."""

from specdrift.rules.explanation import Explanation, Stack, fix, fixes

ROLE = Explanation(
    rule="role-not-enforced",
    probed="The operation names roles (in its mutualTLS requirement, or in `allow-roles`), and every configured "
    "identity calls it. One that has none of them is held against one that has, on fresh connections.",
    correct="It answers 403 (RFC 9110 §15.5.4) to who is known and not allowed, or 404 where even that would tell too "
    "much; 401 or an alert are for who is not known.",
    fixes=fixes(
        fix(
            Stack.AXUM,
            "A layer for the role, inside the one that puts the identity of the connection into the request.",
            """
            let admin = Router::new()
                .route("/admin/reports", get(reports))
                .route_layer(from_fn_with_state("admin", require_role)) // runs second
                .route_layer(from_fn(require_certificate)); // runs first
            """,
        ),
        fix(
            Stack.NGINX,
            "Map whole subjects to roles. A pattern such as `OU=admin` also finds it inside another attribute.",
            """
            map $ssl_client_s_dn $role {
                default "";
                "CN=ops,OU=admin,O=Example" admin;
            }
            server {
                location /admin { if ($role != admin) { return 403; } }
            }
            """,
        ),
        fix(
            Stack.ENVOY,
            "The RBAC filter; what no policy allows is denied.",
            """
            # RBAC
            rules:
              action: ALLOW
              policies:
                administrators:
                  permissions: [{url_path: {path: {prefix: /admin}}}]
                  principals: [{authenticated: {principal_name: {exact: "spiffe://example.org/ops"}}}]
            """,
        ),
        fix(
            Stack.HAPROXY,
            "A rule for the path, by the attribute of the verified certificate.",
            """
            acl administrator ssl_c_s_dn(OU) -m str admin
            http-request deny deny_status 403 if { path_beg /admin } !administrator
            """,
        ),
        fix(
            Stack.APACHE,
            "`Require expr` in the location, with the verification in the same expression.",
            """
            <Location "/admin">
                Require expr %{SSL_CLIENT_VERIFY} == 'SUCCESS' && %{SSL_CLIENT_S_DN_OU} == 'admin'
            </Location>
            """,
        ),
        fix(
            Stack.SPRING,
            "Authorities from a UserDetailsService of yours, and a rule that names them before `anyRequest`.",
            """
            http.x509(x509 -> x509.userDetailsService(directory))
                .authorizeHttpRequests(requests -> requests
                    .requestMatchers("/admin/**").hasRole("ADMIN")
                    .anyRequest().authenticated());
            """,
        ),
        fix(
            Stack.GO,
            "A middleware of these routes, that reads the first certificate of the first verified chain.",
            """
            subject := r.TLS.VerifiedChains[0][0].Subject
            if !slices.Contains(subject.OrganizationalUnit, "admin") {
                http.Error(w, "not for you", http.StatusForbidden)
                return
            }
            """,
        ),
        fix(
            Stack.NODE,
            "A subject may have one OU or a list of them.",
            """
            const requireRole = (role) => (req, res, next) => {
              const units = [].concat(req.socket.getPeerCertificate().subject?.OU ?? []);
              return units.includes(role) ? next() : res.sendStatus(403);
            };
            app.use('/admin', guard, requireRole('admin'));
            """,
        ),
    ),
)

COMBINATION = Explanation(
    rule="combination-not-enforced",
    probed="Each member of an AND is left out in turn, and made up in turn, beside the same caller with all of them; "
    "the other alternatives of the OR are tried as well. API keys, passwords and tokens are those of `[schemes.*]`; "
    "without them the operation stays undecided.",
    correct="It answers 401 for a credential that is missing or wrong, whatever the others are, and nothing of the "
    "operation.",
    fixes=fixes(
        fix(
            Stack.AXUM,
            "A layer for each, and none of them an alternative to another.",
            """
            let app = Router::new()
                .route("/payments", get(list).post(create))
                .route_layer(from_fn(require_token))
                .route_layer(from_fn(require_certificate));
            """,
        ),
        fix(
            Stack.NGINX,
            "`satisfy all` is the default; `satisfy any` is this fault.",
            """
            location /payments {
                if ($ssl_client_verify != SUCCESS) { return 401; }
                satisfy all;
                auth_basic api;
                auth_basic_user_file users;
            }
            """,
        ),
        fix(
            Stack.ENVOY,
            "The JWT filter without `allow_missing`, beside `require_client_certificate: true`.",
            """
            # JwtAuthentication
            providers:
              issuer: {issuer: "https://id.example.org", local_jwks: {filename: jwks.json}}
            rules:
            - {match: {prefix: /payments}, requires: {provider_name: issuer}}
            """,
        ),
        fix(
            Stack.HAPROXY,
            "One `deny` for each member: conditions in one line that are joined by `or` are alternatives.",
            """
            http-request deny deny_status 401 unless { ssl_c_used } { ssl_c_verify 0 }
            http-request auth realm api unless { http_auth(users) }
            """,
        ),
        fix(
            Stack.APACHE,
            "`<RequireAll>`, since several `Require` lines are alternatives; no `SSLOptions +FakeBasicAuth`.",
            """
            <Location "/payments">
                AuthType Basic
                AuthName api
                AuthUserFile users
                <RequireAll>
                    Require expr %{SSL_CLIENT_VERIFY} == 'SUCCESS'
                    Require valid-user
                </RequireAll>
            </Location>
            """,
        ),
        fix(
            Stack.SPRING,
            "An authority from each, and all of them: `anyRequest().authenticated()` is content with one.",
            """
            http.x509(x509 -> x509.userDetailsService(directory))
                .addFilterAfter(apiKeyFilter, X509AuthenticationFilter.class)
                .authorizeHttpRequests(requests -> requests.anyRequest().access(
                    allOf(hasAuthority("CERTIFICATE"), hasAuthority("API_KEY"))));
            """,
        ),
        fix(
            Stack.GO,
            "Chained handlers, each of which ends the request.",
            """
            mux.Handle("/payments", requireCertificate(requireKey(list)))
            """,
        ),
        fix(
            Stack.NODE,
            "Both in the same `use`, neither of which calls `next()` when it refuses.",
            """
            app.use('/payments', requireCertificate, requireKey);
            """,
        ),
    ),
)

TOKEN = Explanation(
    rule="token-not-bound",
    probed="A token of one identity is sent with the certificate of another, and with none; the same caller without a "
    "token must be refused, and the token with its own certificate admitted. Bound tokens are those configured for "
    "an identity, and JWTs whose `cnf.x5t#S256` is the thumbprint of one of the identities.",
    correct="It answers 401 with `invalid_token` (RFC 8705 §3).",
    fixes=fixes(
        fix(
            Stack.AXUM,
            "Compare in the layer that verifies the token, with the certificate of this connection.",
            """
            let thumbprint = URL_SAFE_NO_PAD.encode(Sha256::digest(certificate.as_ref()));
            if claims.cnf.x5t_s256.as_deref() != Some(thumbprint.as_str()) {
                return Err(StatusCode::UNAUTHORIZED); // bound to another certificate, or to none
            }
            """,
        ),
        fix(
            Stack.NGINX,
            "`$ssl_client_fingerprint` is SHA-1, so let the application compare, over a connection that only nginx "
            "can open.",
            """
            location / {
                proxy_set_header X-SSL-Client-Cert $ssl_client_escaped_cert;
                proxy_pass http://127.0.0.1:8080;
            }
            """,
        ),
        fix(
            Stack.ENVOY,
            "Envoy replaces X-Forwarded-Client-Cert; its `Hash` is the SHA-256 of the certificate in hexadecimal. "
            "Let the application compare.",
            """
            # HttpConnectionManager
            forward_client_cert_details: SANITIZE_SET
            set_current_client_cert_details: {subject: true}
            """,
        ),
        fix(
            Stack.HAPROXY,
            "After the signature was verified with `jwt_verify`, compare claim and certificate.",
            """
            http-request set-var(txn.bound) http_auth_bearer,jwt_payload_query('$.cnf.x5t#S256')
            acl bound ssl_c_der,sha2(256),ub64enc,strcmp(txn.bound) eq 0
            http-request deny deny_status 401 unless bound
            """,
        ),
        fix(
            Stack.APACHE,
            "Let the application compare; set the header always, so that no client's own gets through.",
            """
            SSLOptions +ExportCertData
            RequestHeader set X-SSL-Client-Cert "%{SSL_CLIENT_CERT}s"
            """,
        ),
        fix(
            Stack.SPRING,
            "The default validators of a JwtDecoder compare in Spring Security 6.5; add yours to them, do not replace them.",
            """
            NimbusJwtDecoder decoder = NimbusJwtDecoder.withJwkSetUri(keys).build();
            decoder.setJwtValidator(JwtValidators.createDefaultWithValidators(audience));
            """,
        ),
        fix(
            Stack.GO,
            "The certificate that was verified, not one from a header.",
            """
            sum := sha256.Sum256(r.TLS.VerifiedChains[0][0].Raw)
            if claims.Confirmation.X5tS256 != base64.RawURLEncoding.EncodeToString(sum[:]) {
                http.Error(w, "invalid_token", http.StatusUnauthorized)
                return
            }
            """,
        ),
        fix(
            Stack.NODE,
            "`raw` is the DER of the peer's certificate.",
            """
            const { raw } = req.socket.getPeerCertificate();
            const thumbprint = crypto.createHash('sha256').update(raw ?? '').digest('base64url');
            if (claims.cnf?.['x5t#S256'] !== thumbprint) return res.sendStatus(401);
            """,
        ),
    ),
)

EXPLANATIONS = (ROLE, COMBINATION, TOKEN)
