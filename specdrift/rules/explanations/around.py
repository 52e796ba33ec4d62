"""How to guard an operation, whatever method or spelling of its path is used."""

from specdrift.rules.explanation import Explanation, Stack, fix, fixes

METHOD = Explanation(
    rule="method-not-enforced",
    probed="Where the documented method refuses a caller without a certificate, others are tried: HEAD, lower case, a "
    "method that nobody defined, GET with a body, safe methods with an override header or `_method`; undeclared POST "
    "(with `_method` in a form too), PUT and PATCH only if unsafe methods are allowed. It counts where the answer is that of a good certificate, each time on fresh "
    "connections, and not that of a path that does not exist. DELETE and TRACE are never made up.",
    correct="It answers 401 or 403, or 405 or 501, and to HEAD as to GET.",
    fixes=fixes(
        fix(
            Stack.AXUM,
            "`route_layer` on the Router. A layer on a method router wraps only the methods before it.",
            """
            let app = Router::new()
                .route("/invoices", get(list).post(create)) // not: get(list).layer(…).post(create)
                .route_layer(from_fn(require_certificate));
            """,
        ),
        fix(
            Stack.NGINX,
            "The test belongs to the location, not into `limit_except`; that is for the methods alone.",
            """
            location /invoices {
                if ($ssl_client_verify != SUCCESS) { return 401; }
                limit_except GET POST { deny all; }
                proxy_set_header X-HTTP-Method-Override "";
                proxy_pass http://127.0.0.1:8080;
            }
            """,
        ),
        fix(
            Stack.ENVOY,
            "No `:method` among the permissions of a policy that lets callers in by their certificate.",
            """
            # RBAC
            rules:
              action: ALLOW
              policies:
                callers:
                  permissions: [{url_path: {path: {prefix: /invoices}}}]
                  principals: [{authenticated: {principal_name: {safe_regex: {regex: ".+"}}}}]
            """,
        ),
        fix(
            Stack.HAPROXY,
            "No method in the rule that asks for the certificate; the methods get a rule of their own.",
            """
            http-request deny deny_status 401 if { path_beg /invoices } !{ ssl_c_used }
            http-request deny deny_status 405 unless { method GET HEAD POST }
            http-request del-header x-http-method-override
            """,
        ),
        fix(
            Stack.APACHE,
            "`Require` outside of `<Limit>`, which leaves every method open that it does not list.",
            """
            RequestHeader unset X-HTTP-Method-Override early
            <Location "/invoices">
                Require expr %{SSL_CLIENT_VERIFY} == 'SUCCESS'
                AllowMethods GET HEAD POST
            </Location>
            """,
        ),
        fix(
            Stack.SPRING,
            "Matchers without a method; no `HiddenHttpMethodFilter`. In web.xml: no `<http-method>` in a constraint, "
            "and `<deny-uncovered-http-methods/>`.",
            """
            http.authorizeHttpRequests(requests -> requests
                .requestMatchers("/invoices/**").authenticated() // not: HttpMethod.GET, "/invoices/**"
                .anyRequest().denyAll());
            """,
        ),
        fix(
            Stack.GO,
            "Wrap what serves the path; the pattern of a mux may name methods inside of the guard.",
            """
            invoices := http.NewServeMux()
            invoices.HandleFunc("GET /invoices", list)
            invoices.HandleFunc("POST /invoices", create)
            mux.Handle("/invoices", guard(invoices))
            """,
        ),
        fix(
            Stack.NODE,
            "`use` runs for every method; `method-override` comes before it or not at all.",
            """
            app.use('/invoices', guard); // not: app.get('/invoices', guard, list)
            app.route('/invoices').get(list).post(create);
            """,
        ),
    ),
)

PATH = Explanation(
    rule="path-variant-bypass",
    probed="Where the documented path refuses a caller without a certificate, it is written another way, raw on the "
    "wire: double slashes, dot segments, encoded letters, slashes (overlong too), dots and backslashes, double "
    "encoding, matrix parameters, a trailing slash more or less, path info, another case, a suffix, the absolute form "
    "of this host and of another, through a public prefix, and in headers that rewrite it. The answer must be the operation's own, again on fresh connections, the good certificate's "
    "the same way too, and no other path's: a 200 from another handler is no bypass.",
    correct="It answers 400, 401, 403, 404 or a redirect; what it does not recognise is closed.",
    fixes=fixes(
        fix(
            Stack.AXUM,
            "Layers on the router decide after it has matched. A guard that reads the path reads what was written.",
            """
            let app = Router::new()
                .route("/invoices/{id}", get(read))
                .route_layer(from_fn(require_certificate));
            // never: if request.uri().path().starts_with("/invoices") { check(…) }
            """,
        ),
        fix(
            Stack.NGINX,
            "A prefix location, not `location =`; and with a URI in `proxy_pass` the server behind it gets the path "
            "that nginx compared, not the one that was written.",
            """
            location /invoices {
                if ($ssl_client_verify != SUCCESS) { return 401; }
                proxy_set_header X-Original-URL "";
                proxy_set_header X-Rewrite-URL "";
                proxy_pass http://127.0.0.1:8080/invoices;
            }
            """,
        ),
        fix(
            Stack.ENVOY,
            "Normalise before any filter looks, and refuse what can be read two ways.",
            """
            # HttpConnectionManager
            normalize_path: true
            merge_slashes: true
            path_with_escaped_slashes_action: REJECT_REQUEST
            """,
        ),
        fix(
            Stack.HAPROXY,
            "Name what is open rather than what is closed, and refuse spellings that nobody needs. (`normalize-uri` "
            "is still experimental.)",
            """
            http-request deny deny_status 400 if { path_sub -i // /. %2f %5c %2e ; }
            http-request deny deny_status 401 unless { path /health } or { ssl_c_used }
            http-request del-header x-original-url
            http-request del-header x-rewrite-url
            """,
        ),
        fix(
            Stack.APACHE,
            "`<Location>` compares the decoded path with slashes merged; both settings are the default.",
            """
            MergeSlashes On
            AllowEncodedSlashes Off
            RequestHeader unset X-Original-URL early
            RequestHeader unset X-Rewrite-URL early
            """,
        ),
        fix(
            Stack.SPRING,
            "Keep the StrictHttpFirewall, and close what no rule opens: then a spelling that no rule knows is closed.",
            """
            http.authorizeHttpRequests(requests -> requests
                .requestMatchers("/health").permitAll()
                .anyRequest().authenticated());
            """,
        ),
        fix(
            Stack.GO,
            "Guard the handler, not a prefix of `r.RequestURI`; `ServeMux` redirects to the clean path.",
            """
            mux.Handle("/invoices/", guard(invoices))
            mux.Handle("/", http.NotFoundHandler())
            """,
        ),
        fix(
            Stack.NODE,
            "The guard inside of the router that has the routes, so that both read the path alike.",
            """
            const api = express.Router({ strict: true, caseSensitive: true });
            api.use(guard); // no comparison of req.path or req.url
            api.get('/invoices/:id', read);
            app.use(api);
            """,
        ),
    ),
)

EXPLANATIONS = (METHOD, PATH)
