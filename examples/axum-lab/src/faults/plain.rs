//! `plain-listener`: the platform's probes do not support TLS, so there is a second listener for them.

use std::net::SocketAddr;

use axum::{Extension, Router};
use tokio::net::TcpListener;

use super::{Fault, Faults};
use crate::StartError;
use crate::api::{account, invoices, public, reports, users};
use crate::identity::{Identity, Peer};
use crate::store::Store;

/// Opens it where the fault is enabled, on a free port of the same address: with the whole service,
/// and with the platform's identity, an administrator, for every client.
pub async fn open(faults: &Faults, beside: SocketAddr, store: Store) -> Result<(), StartError> {
    if faults.has(Fault::PlainListener) {
        let listener = TcpListener::bind((beside.ip(), 0)).await?;
        println!("listening on http://{}", listener.local_addr()?);
        let service = everything().with_state(store);
        tokio::spawn(async move { axum::serve(listener, service).await });
    }
    Ok(())
}

fn everything() -> Router<Store> {
    let platform = Identity { name: "platform".into(), roles: vec!["admin".into()] };
    public::health()
        .merge(public::tariff())
        .merge(account::routes())
        .merge(invoices::collection())
        .merge(invoices::item())
        .merge(users::routes())
        .nest("/v1/reports", reports::routes())
        .layer(Extension(platform))
        .layer(Extension(Peer::default()))
}
