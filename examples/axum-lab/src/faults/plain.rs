//! `plain-listener`: the platform's probes speak no TLS, so there is a second listener for them.

use std::net::SocketAddr;

use axum::{Extension, Router};
use tokio::net::TcpListener;

use super::{Fault, Faults};
use crate::StartError;
use crate::api::{account, invoices, public, reports, users};
use crate::identity::{Identity, Peer};
use crate::store::Store;

/// Opens it where the fault is planted, on a free port of the same address: with the whole service,
/// since only the platform comes this way, and whoever does is an administrator.
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
