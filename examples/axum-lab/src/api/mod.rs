//! The operations of `openapi.yaml`, a file for each resource. None of them authorizes
//! callers: the layers in `routes.rs` do.

pub mod account;
pub mod invoices;
pub mod public;
pub mod reports;
pub mod users;
