//! The routes with faults: the same parts as in `routes.rs`, some of them misplaced.

use axum::middleware::{from_fn, from_fn_with_state};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{
    Fault, Faults, connection, extractor, files, headers, hosts, methods, order, rewriting,
    sessions, undocumented,
};
use crate::api::{account, invoices, public, reports, users};
use crate::guard;
use crate::store::Store;

/// The service with the given faults and no others.
pub fn app(faults: &Faults) -> Router<Store> {
    let has = |fault| faults.has(fault);
    let mut inside = item(faults);
    let mut outside = public::tariff();
    for (open, part) in [
        (!has(Fault::PublicGuarded), public::health()),
        (has(Fault::HeaderExtractor), account(faults)),
        (has(Fault::OnlyGetGuarded) || has(Fault::ValidationFirst), collection(faults)),
        (has(Fault::AdminOutsideLayer), admin(faults)),
        (has(Fault::NestedFallback), Router::new().nest("/v1/reports", nested(faults))),
    ] {
        if open {
            outside = outside.merge(part);
        } else {
            inside = inside.merge(part);
        }
    }
    if has(Fault::ConnectionRemembered) {
        outside = connection::greeting(outside);
    }
    if has(Fault::Undocumented) {
        outside = outside.merge(undocumented::routes());
    }
    let app = if has(Fault::HostRouted) {
        let partners = outside.clone().merge(inside.clone()).fallback(public::not_found);
        hosts::routed(outside.merge(guarded(inside, faults)).fallback(public::not_found), partners)
    } else {
        outside.merge(guarded(inside, faults)).fallback(public::not_found)
    };
    headers::plant(faults, app)
}

/// What is put around the service once for each connection: nothing, but for a few faults.
pub fn each_connection(faults: &Faults) -> fn(Router) -> Router {
    if faults.has(Fault::ConnectionRemembered) {
        connection::remembering
    } else if faults.has(Fault::GuardByPath) {
        rewriting::by_path
    } else if faults.has(Fault::OverrideAfterGuard) {
        rewriting::by_method
    } else {
        std::convert::identity
    }
}

fn guarded(inside: Router<Store>, faults: &Faults) -> Router<Store> {
    if faults.has(Fault::GuardByPath) || faults.has(Fault::OverrideAfterGuard) {
        inside // the guard wraps the whole service
    } else if faults.has(Fault::IdentityNotRevalidated) {
        inside.route_layer(from_fn(headers::require_certificate_unless_identified))
    } else if faults.has(Fault::InternalHost) {
        inside.route_layer(from_fn(hosts::require_certificate_from_outside))
    } else if faults.has(Fault::ConnectionRemembered) {
        inside.route_layer(from_fn(connection::require_certificate_unless_known))
    } else if faults.has(Fault::SessionTrusted) {
        inside.route_layer(from_fn(sessions::require_certificate_of_new_sessions))
    } else {
        inside.route_layer(from_fn(guard::require_certificate))
    }
}

fn account(faults: &Faults) -> Router<Store> {
    if faults.has(Fault::HeaderExtractor) { extractor::account() } else { account::routes() }
}

fn item(faults: &Faults) -> Router<Store> {
    if faults.has(Fault::JoinedPath) { files::item() } else { invoices::item() }
}

fn collection(faults: &Faults) -> Router<Store> {
    if faults.has(Fault::OnlyGetGuarded) {
        methods::collection()
    } else if faults.has(Fault::ValidationFirst) {
        order::collection()
    } else {
        invoices::collection()
    }
}

/// Outside the layer there is no identity yet, so the check of the role was left behind with it.
fn admin(faults: &Faults) -> Router<Store> {
    if faults.has(Fault::AdminOutsideLayer) || faults.has(Fault::RoleNotChecked) {
        return users::routes();
    }
    users::routes().route_layer(from_fn_with_state("admin", guard::require_role))
}

fn nested(faults: &Faults) -> Router<Store> {
    let mut nested = reports::routes();
    if faults.has(Fault::ValidRefused) {
        // No certificate has this role.
        nested = nested.route_layer(from_fn_with_state("accounting", guard::require_role));
    }
    if faults.has(Fault::NestedFallback) {
        nested = nested.fallback(index);
    }
    nested
}

/// For mistyped paths: the list of reports.
async fn index() -> Json<Value> {
    Json(json!({"reports": ["totals"]}))
}
