"""How to put the source of a service right. The fixes are those of the frameworks that can be read."""

from specdrift.rules.explanation import Explanation, Stack, fix, fixes

READ = "By `specdrift routes`, from the source, without compiling or running it. "
IN_EFFECT = (
    READ
    + "The routers are put together as Axum does: a layer wraps what was added before it, `route_layer` not the "
    "fallback, merged and nested routers keep their own. "
)
HANDLERS = READ + "The handlers of routes that are wired are looked at, each once. "
VERIFIER = READ + "Every verifier and every builder of TLS configurations is looked at, wherever it is used. "


def _page(rule: str, probed: str, correct: str, text: str, snippet: str) -> Explanation:
    return Explanation(
        rule=rule, probed=probed.strip(), correct=correct, fixes=fixes(fix(Stack.AXUM, text, snippet))
    )


EXPLANATIONS = (
    _page(
        "route-not-guarded",
        IN_EFFECT
        + "A guard is what reads the peer's certificate, or an identity in the extensions, and can refuse; "
        "a layer of another crate that may be one leaves the operation undecided.",
        "Every route that the document guards is inside of a router that was finished before its guard was put around.",
        "Merge and nest first, then `route_layer`, once.",
        """
        let inside = Router::new()
            .merge(invoices::routes())
            .nest("/admin", admin::routes())
            .route_layer(from_fn(require_certificate)); // after the last of them
        Router::new().route("/health", get(health)).merge(inside)
        """,
    ),
    _page(
        "route-not-documented",
        IN_EFFECT
        + "Every route is looked for among the operations, with and without the servers' base path. The "
        "fallback of the whole service is none. A router of which nobody saw where it is mounted, while others are "
        "served, is a note: its paths may be longer.",
        "What answers is described; a nested router leaves what is not there to the outermost fallback.",
        "Operators get a listener of their own.",
        """
        let operators = Router::new().route("/metrics", get(metrics));
        let listener = TcpListener::bind("127.0.0.1:9100").await?;
        tokio::spawn(axum::serve(listener, operators).into_future());
        """,
    ),
    _page(
        "documented-route-missing",
        IN_EFFECT
        + "Every operation is looked for among the routes; services and wildcards answer all below them.",
        "Each operation has a route, under the same path and method.",
        "Let the source say what the document says: `utoipa-axum` wires and describes in one place.",
        """
        let (router, api) = OpenApiRouter::new()
            .routes(routes!(list_invoices, create_invoice))
            .split_for_parts();
        """,
    ),
    _page(
        "open-route-guarded",
        IN_EFFECT + "The operation has `security: []`, or an alternative that asks for nothing.",
        "Open routes are added to a router that no guard is around.",
        "Two routers, and the guard around one of them.",
        """
        Router::new()
            .merge(public::health())
            .merge(inside.route_layer(from_fn(require_certificate)))
        """,
    ),
    _page(
        "role-not-guarded",
        IN_EFFECT
        + "Texts that guards are given as state are taken for roles where the document names the same.",
        "The layer for the role runs after the one for the certificate.",
        "`from_fn_with_state` with the role, inside of the guard.",
        """
        let admin = users::routes()
            .route_layer(from_fn_with_state("admin", require_role)) // runs second
            .route_layer(from_fn(require_certificate)); // runs first
        """,
    ),
    _page(
        "role-not-documented",
        IN_EFFECT + "Texts that a guard is given as state are held against the roles of the operation.",
        "Layers ask for roles that the document names.",
        "Drop the layer, or write the role into the operation's requirement.",
        """
        // security: [{clientCertificate: [accounting]}]
        reports::routes().route_layer(from_fn_with_state("accounting", require_role))
        """,
    ),
    _page(
        "identity-not-revalidated",
        READ
        + "Guards of routes that are wired are searched for branches that go on to the handler and whose "
        "condition asks the request's extensions for something else than the certificate.",
        "The identity always comes from the certificate of this connection; what was there is replaced.",
        "Replace, never believe.",
        """
        async fn require_certificate(
            Extension(peer): Extension<Peer>, mut request: Request, next: Next,
        ) -> Result<Response, Problem> {
            let identity = peer.identity().ok_or_else(Problem::unauthenticated)?;
            request.extensions_mut().insert(identity); // whatever was there before
            Ok(next.run(request).await)
        }
        """,
    ),
    _page(
        "identity-from-header",
        READ
        + "Layers, guards and extractors are followed into what they call. Tokens that are verified (Authorization, "
        "cookies) are none of this rule.",
        "No header decides who the caller is; a forwarded one is deleted where it arrives.",
        "Remove what clients must not send, and read the connection.",
        """
        request.headers_mut().remove("x-forwarded-user");
        let identity = peer.identity().ok_or_else(Problem::unauthenticated)?;
        """,
    ),
    _page(
        "identity-defaulted",
        HANDLERS
        + "Those count that take `Option<Extension<…>>` of an identity, go on with `unwrap_or…`, and never refuse.",
        "A handler that needs to know who calls fails where nobody has said so.",
        "The extension itself, without `Option`.",
        """
        async fn me(Extension(identity): Extension<Identity>) -> Json<Identity> {
            Json(identity)
        }
        """,
    ),
    _page(
        "guard-by-request",
        READ
        + "Guards of routes that are wired are searched for branches that go on to the handler, where they read "
        "path or method of the request.",
        "A guard asks everybody whom it sees; which routes it is around is the router's business.",
        "A layer around the routes in place of a list in the guard.",
        """
        Router::new().merge(public).merge(inside.route_layer(from_fn(require_certificate)))
        """,
    ),
    _page(
        "guard-after-input",
        HANDLERS
        + "Extractors run in the order of the parameters, a body last, and the handler after all of them.",
        "Who calls is settled before anything else of the request is read.",
        "A layer runs before every extractor.",
        """
        Router::new().route("/invoices", get(list).post(create))
            .route_layer(from_fn(require_certificate))
        """,
    ),
    _page(
        "client-certificate-not-verified",
        VERIFIER,
        "`verify_client_cert` asks a real verifier with the certificate, the chain and the time that it was given, and passes "
        "its error on.",
        "The verifier of rustls; checks beyond it come after its answer.",
        """
        WebPkiClientVerifier::builder(Arc::new(roots)).build()?
        // in a verifier of your own:
        let verified = self.inner.verify_client_cert(leaf, chain, now)?;
        self.check_name(leaf)?;
        Ok(verified)
        """,
    ),
    _page(
        "client-certificate-not-requested",
        VERIFIER + "Configurations of clients do not count.",
        "The configuration of the listener has a client verifier.",
        "`with_client_cert_verifier` in place of `with_no_client_auth`.",
        """
        let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).build()?;
        ServerConfig::builder()
            .with_client_cert_verifier(verifier)
            .with_single_cert(chain, key)?
        """,
    ),
    _page(
        "public-roots-for-clients",
        VERIFIER,
        "The roots hold the CA of the clients' certificates only.",
        "Read the roots from a file of yours.",
        """
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter("clients.pem")? {
            roots.add(certificate?)?;
        }
        """,
    ),
    _page(
        "no-roots-for-clients",
        VERIFIER + "A store counts as empty where nothing but the builder has to do with it.",
        "The roots hold the CA of the clients' certificates before the verifier is built.",
        "Fill the store, and let `build` fail where the file has no certificate.",
        """
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter("clients.pem")? {
            roots.add(certificate?)?;
        }
        let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).build()?;
        """,
    ),
    _page(
        "revocation-not-checked",
        VERIFIER,
        "The verifier is given lists of the issuing CA, and they are read again before they expire.",
        "`with_crls`; a list for the issuing CA is none for the CAs above it.",
        """
        WebPkiClientVerifier::builder(Arc::new(roots))
            .with_crls(lists)
            .allow_unknown_revocation_status()
            .build()?
        """,
    ),
    _page(
        "plaintext-listener-in-source",
        READ
        + "`axum::serve` on a TcpListener and `axum_server::bind`, in a service that configures TLS elsewhere.",
        "The router with the API is served behind TLS alone.",
        "What is needed without TLS, such as a redirect, gets a router of its own on loopback.",
        """
        axum_server::bind_rustls(address, config).serve(app.into_make_service()).await?;
        """,
    ),
    _page(
        "path-parameter-in-file-path",
        HANDLERS
        + "Those count that open files and `join` or `push` a parameter of type `Path<String>` (or one that is not "
        "known), without `canonicalize`, `starts_with`, `components` or a comparison of what it contains.",
        "A parameter that names a file is parsed into a type that cannot be a path.",
        "A number, or a look at where the joined path ends up.",
        """
        async fn read(Path(id): Path<u32>) -> Result<Vec<u8>, Problem> {
            let file = FilePath::new(ARCHIVE).join(id.to_string());
            std::fs::read(file).map_err(|_| Problem::not_found())
        }
        """,
    ),
    _page(
        "unwrap-on-request-data",
        HANDLERS
        + "`unwrap` and `expect` count at the end of a chain that starts at a parameter that an extractor binds.",
        "What is missing or malformed is answered with 400.",
        "An error in place of a panic.",
        """
        let tenant = headers.get("x-tenant").and_then(|value| value.to_str().ok())
            .ok_or(StatusCode::BAD_REQUEST)?;
        """,
    ),
    _page(
        "untyped-body",
        HANDLERS + "The operation has a request body with a schema, and the handler takes `Json<Value>`.",
        "The body is deserialised into a type that has the schema's members.",
        "A struct, closed where the schema is.",
        """
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct NewInvoice { customer: String, amount_cents: u32 }
        """,
    ),
)
