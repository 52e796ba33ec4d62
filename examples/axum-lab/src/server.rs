//! The accept loop: TCP, then TLS, then HTTP/1.1 or HTTP/2, one task a connection.

use std::time::Duration;

use axum::{Extension, Router};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tower::Layer;

use crate::StartError;
use crate::identity::Peer;

/// Time a client has for its handshake, and for the head of each request.
const PATIENCE: Duration = Duration::from_secs(10);

/// Serves `app` until the process ends; `each` is put around it for every connection.
pub async fn serve(
    listener: TcpListener,
    tls: TlsAcceptor,
    app: Router,
    each: fn(Router) -> Router,
) -> Result<(), StartError> {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(connection(stream, tls.clone(), each(app.clone())));
            }
            // Out of file descriptors, or a client that is gone already: neither ends the service.
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
    }
}

/// One client. A refused handshake has sent its alert and ends here, before any HTTP.
async fn connection(stream: TcpStream, tls: TlsAcceptor, app: Router) {
    let _ = stream.set_nodelay(true);
    let Ok(Ok(stream)) = timeout(PATIENCE, tls.accept(stream)).await else {
        return;
    };
    let (_, session) = stream.get_ref();
    let http2 = session.alpn_protocol() == Some(b"h2");
    // The certificate belongs to the connection, so it is read once and given to every request
    // on it. This is the outermost layer: nothing that HTTP carries can come before it.
    let service = Extension(Peer::of(session)).layer(app);
    let builder = http(http2);
    let served = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let _ = served.await; // a client that closes is no error
}

/// The protocol that ALPN selected, and no other: no sniffing of HTTP/2 inside HTTP/1.1.
fn http(http2: bool) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(PATIENCE);
    if http2 { builder.http2_only() } else { builder.http1_only() }
}
