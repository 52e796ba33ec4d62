"""How to serve what is documented and nothing else, and to look at the caller before the data."""

from specdrift.rules.explanation import Explanation, Stack, fix, fixes

UNDOCUMENTED = Explanation(
    rule="undocumented-endpoint",
    probed="Well-known paths (administration, debugging, metrics, health, descriptions of the API), methods that "
    "`Allow` gives away, siblings of the documented paths (other versions, their routers, `/debug` beneath), and what the "
    "owner feeds in (access logs, HAR files, lists of routes, other documents) are asked with GET, without a certificate "
    "and with a good one (what is there, or kept from that one, with every good one), beside a random path in the "
    "same folder. Only an answer of its own counts, and twice.",
    correct="It answers as to any path that does not exist: 404, or the same refusal with and without a certificate.",
    fixes=fixes(
        fix(
            Stack.AXUM,
            "What is for the operators goes into a router of its own, on loopback.",
            """
            let internal = Router::new().route("/metrics", get(metrics));
            let listener = TcpListener::bind("127.0.0.1:9090").await?;
            tokio::spawn(async move { axum::serve(listener, internal).await });
            """,
        ),
        fix(
            Stack.NGINX,
            "Pass on what is documented, and nothing else.",
            """
            server {
                listen 443 ssl;
                location /invoices { proxy_pass http://127.0.0.1:8080; }
                location / { return 404; }
            }
            """,
        ),
        fix(
            Stack.ENVOY,
            "Routes for documented prefixes only (none is a 404), and the administration interface on loopback.",
            """
            # Bootstrap
            admin: {address: {socket_address: {address: 127.0.0.1, port_value: 9901}}}
            """,
        ),
        fix(
            Stack.HAPROXY,
            "A list of what is documented; the statistics page on a frontend of its own, on loopback.",
            """
            acl documented path_beg /invoices /payments
            http-request return status 404 unless documented
            """,
        ),
        fix(
            Stack.APACHE,
            "Do not load mod_status and mod_info, or keep them to the machine.",
            """
            <LocationMatch "^/server-(status|info)">
                Require local
            </LocationMatch>
            """,
        ),
        fix(
            Stack.SPRING,
            "Expose no more of the actuator than its health, and on another port.",
            """
            # application.properties
            management.endpoints.web.exposure.include=health
            management.server.port=9090
            management.server.address=127.0.0.1
            springdoc.api-docs.enabled=false
            """,
        ),
        fix(
            Stack.GO,
            "A mux of your own: `net/http/pprof` and `expvar` register themselves on the default one.",
            """
            mux := http.NewServeMux()
            mux.Handle("/invoices", guard(invoices))
            go http.ListenAndServe("127.0.0.1:6060", http.DefaultServeMux) // pprof, for operators
            """,
        ),
        fix(
            Stack.NODE,
            "An application of its own for the operators, on loopback.",
            """
            const internal = express();
            internal.get('/metrics', metrics);
            internal.listen(9090, '127.0.0.1');
            """,
        ),
    ),
)

INPUT = Explanation(
    rule="input-not-validated",
    probed="A good identity sends what the schema does not allow, in one parameter or member of a JSON body at a time: "
    "a word for a number, a value outside of `enum`, format, pattern or bounds, a text that is too long, an encoded "
    "traversal, the same parameter twice, a body that is broken off, missing, of another media type, or with a member more where `additionalProperties` is "
    "false. Reported is a success like that of good input, a server error that good "
    "input does not bring, another answer that is no success and tells of the server's insides (a stack trace, a file), and "
    "the content of a well-known file; each seen twice. Few operations get seven values each, "
    "more than eight one in turn, and whatever did something elsewhere; `--exhaustive` sends all. GET and HEAD only, "
    "unless unsafe methods may be sent; those never carry a traversal.",
    correct="It answers 400, 404, 413, 415 or 422, says nothing of its insides, and is alive afterwards.",
    fixes=fixes(
        fix(
            Stack.AXUM,
            "Types in the extractors, `#[serde(deny_unknown_fields)]`, a limit on the body; never join a parameter "
            "into a path.",
            """
            async fn read(Path(id): Path<u32>) -> Result<Json<Invoice>, StatusCode> {
                invoices::find(id).map(Json).ok_or(StatusCode::NOT_FOUND)
            }
            let app = app.layer(DefaultBodyLimit::max(64 * 1024));
            """,
        ),
        fix(
            Stack.NGINX,
            "Coarse, before the application: the form of identifiers and the size of bodies.",
            """
            server {
                client_max_body_size 64k;
                location ~ "^/invoices/[1-9][0-9]{0,8}$" { proxy_pass http://127.0.0.1:8080; }
                location /invoices/ { return 404; }
            }
            """,
        ),
        fix(
            Stack.ENVOY,
            "Routes by pattern, and no escaped slashes.",
            """
            # Route
            match: {safe_regex: {regex: "/invoices/[1-9][0-9]{0,8}"}}
            route: {cluster: api}
            """,
        ),
        fix(
            Stack.HAPROXY,
            "Coarse, before the application.",
            """
            acl documented path_reg ^/invoices(/[1-9][0-9]{0,8})?$
            http-request deny deny_status 404 if { path_beg /invoices } !documented
            http-request deny deny_status 413 if { req.hdr_val(content-length) gt 65536 }
            """,
        ),
        fix(
            Stack.APACHE,
            "Coarse, before the application.",
            """
            LimitRequestBody 65536
            <LocationMatch "^/invoices/(?![1-9][0-9]{0,8}$)">
                Require all denied
            </LocationMatch>
            """,
        ),
        fix(
            Stack.SPRING,
            "Bean Validation on parameters and bodies; a handler for its exceptions without `getMessage()`.",
            """
            @GetMapping("/invoices/{id}")
            Invoice read(@PathVariable @Positive @Max(999_999_999) int id) { return invoices.find(id); }
            @PostMapping("/invoices")
            Invoice create(@Valid @RequestBody NewInvoice invoice) { return invoices.add(invoice); }
            """,
        ),
        fix(
            Stack.GO,
            "Parse, limit, and refuse what is not declared; open files beneath an `os.Root`.",
            """
            id, err := strconv.ParseUint(r.PathValue("id"), 10, 32)
            if err != nil {
                http.NotFound(w, r)
                return
            }
            body := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10))
            body.DisallowUnknownFields()
            """,
        ),
        fix(
            Stack.NODE,
            "Validate against the document itself (express-openapi-validator), behind the guard.",
            """
            app.use(guard);
            app.use(express.json({ limit: '64kb' }));
            app.use(OpenApiValidator.middleware({ apiSpec: 'openapi.yaml', validateRequests: true }));
            """,
        ),
    ),
)

DENIAL = Explanation(
    rule="denial-after-validation",
    probed="Without a certificate, an operation that refuses such callers is sent a wrong value for every declared "
    "parameter at once, and an incomplete body where bodies may be sent. It is reported where the answer is about the "
    "input (400 or 422), as the good certificate is told the same; the same value in a parameter that nobody declared "
    "must be refused as ever. All of it is seen twice. Nothing more is sent for the insides: the first 2,000 characters of "
    "what refused callers were answered are looked through for stack traces, absolute paths of sources, certificates and "
    "files that could not be opened, and, where no certificate was sent, for distinguished names that the handshake does "
    "not say. What good callers get too does not count, nor does the version on a server's own error page.",
    correct="It refuses the caller first, with the same few words whatever the data are.",
    fixes=fixes(
        fix(
            Stack.AXUM,
            "Layers run before extractors. In a handler, extractors run in order: the identity first, the body last.",
            """
            async fn create(identity: Identity, Json(invoice): Json<NewInvoice>) -> StatusCode {
                invoices::add(identity, invoice)
            }
            """,
        ),
        fix(
            Stack.NGINX,
            "In `server` the test comes before a location, and with it `client_max_body_size`, is looked at.",
            """
            server {
                listen 443 ssl;
                ssl_client_certificate clients.pem;
                ssl_verify_client optional;
                if ($ssl_client_verify != SUCCESS) { return 401; }
            }
            """,
        ),
        fix(
            Stack.ENVOY,
            "Filters run in order: who it is before what it sends.",
            """
            # HttpConnectionManager
            http_filters:
            - name: envoy.filters.http.rbac
            - name: envoy.filters.http.buffer
            - name: envoy.filters.http.router
            """,
        ),
        fix(
            Stack.HAPROXY,
            "Rules run in order. `option http-buffer-request` waits for the body before the first of them.",
            """
            http-request deny deny_status 401 unless { ssl_c_used }
            http-request deny deny_status 413 if { req.hdr_val(content-length) gt 65536 }
            """,
        ),
        fix(
            Stack.APACHE,
            "`Require` is before any handler. Asking for the certificate in a `<Location>` reads the body first "
            "(`SSLRenegBufferSize`): ask in the virtual host.",
            """
            SSLVerifyClient optional
            <Location "/">
                Require expr %{SSL_CLIENT_VERIFY} == 'SUCCESS'
            </Location>
            """,
        ),
        fix(
            Stack.SPRING,
            "The security filters are before the controllers; filters of yours that read the request go after them.",
            """
            http.x509(withDefaults())
                .addFilterAfter(validation, AuthorizationFilter.class)
                .authorizeHttpRequests(requests -> requests.anyRequest().authenticated());
            """,
        ),
        fix(
            Stack.GO,
            "The guard outside, the validation inside.",
            """
            mux.Handle("POST /invoices", guard(validate(create)))
            """,
        ),
        fix(
            Stack.NODE,
            "The order of `use` is the order of work.",
            """
            app.use(guard);
            app.use(express.json());
            app.use(validate);
            """,
        ),
    ),
)

EXPLANATIONS = (UNDOCUMENTED, INPUT, DENIAL)
