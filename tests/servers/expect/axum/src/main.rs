//! /guarded, /late, /open and /eager on Axum and rustls. Logs when a handler starts and when the body is complete.
//! A handler with a body extractor starts after the extractor has read the body; a layer runs at the head.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Json, Router};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tower::Layer;

/// Who calls: `valid` or `anonymous`.
#[derive(Clone, Copy)]
struct Caller(&'static str);

fn refusal() -> Response {
    (StatusCode::FORBIDDEN, Json(json!({"answer": "certificate required"}))).into_response()
}

fn created() -> Response {
    (StatusCode::CREATED, Json(json!({"answer": "order created"}))).into_response()
}

async fn guard(Extension(Caller(caller)): Extension<Caller>, request: Request, next: Next) -> Response {
    if caller == "anonymous" { refusal() } else { next.run(request).await }
}

fn started(path: &str, caller: &str, body: &Value) {
    println!("handler {path} {caller}");
    println!("body {path} {caller} {}", body.to_string().len());
}

async fn guarded(Extension(Caller(caller)): Extension<Caller>, Json(body): Json<Value>) -> Response {
    started("/guarded", caller, &body);
    created()
}

async fn late(Extension(Caller(caller)): Extension<Caller>, Json(body): Json<Value>) -> Response {
    started("/late", caller, &body);
    if caller == "anonymous" { refusal() } else { created() }
}

async fn open(Extension(Caller(caller)): Extension<Caller>, Json(body): Json<Value>) -> Response {
    started("/open", caller, &body);
    created()
}

/// No extractor for the body: it starts at the head.
async fn eager(Extension(Caller(caller)): Extension<Caller>) -> Response {
    println!("handler /eager {caller}");
    created()
}

fn server_config(files: &[String]) -> Result<ServerConfig, Box<dyn std::error::Error>> {
    let [cert, key, ca] = files else { return Err("certificate, key and client CA".into()) };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(ca)? {
        roots.add(certificate?)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .allow_unauthenticated()
        .build()?;
    let chain = CertificateDer::pem_file_iter(cert)?.collect::<Result<Vec<_>, _>>()?;
    Ok(ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, PrivateKeyDer::from_pem_file(key)?)?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let acceptor = TlsAcceptor::from(Arc::new(server_config(&files)?));
    let app = Router::new()
        .route("/guarded", post(guarded).layer(from_fn(guard)))
        .route("/late", post(late))
        .route("/open", post(open))
        .route("/eager", post(eager));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on {}", listener.local_addr()?.port());
    loop {
        let (stream, _) = listener.accept().await?;
        let (acceptor, app) = (acceptor.clone(), app.clone());
        tokio::spawn(async move {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            let known = stream.get_ref().1.peer_certificates().is_some();
            let service = Extension(Caller(if known { "valid" } else { "anonymous" })).layer(app);
            let builder = Builder::new(TokioExecutor::new()).http1_only();
            let _ = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service)).await;
        });
    }
}
