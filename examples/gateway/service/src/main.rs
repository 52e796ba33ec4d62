use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::{Router, routing::get};

/// The proxy in front verifies the certificate and passes it on.
async fn require_client_cert(request: Request, next: Next) -> Result<Response, StatusCode> {
    if request.headers().get("x-client-cert").is_none() {
        return Err(StatusCode::FORBIDDEN);
    }
    Ok(next.run(request).await)
}

#[tokio::main]
async fn main() {
    let orders = Router::new()
        .route("/orders", get(|| async { "orders" }))
        .route("/orders/{id}", get(|| async { "an order" }))
        .route_layer(from_fn(require_client_cert));
    let app = orders
        .route("/reports", get(|| async { "reports" }))
        .route("/health", get(|| async { "alive" }));
    let listener = tokio::net::TcpListener::bind("10.0.0.5:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
