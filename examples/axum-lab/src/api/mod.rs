//! The operations of `openapi.yaml`, a file for each resource. None of them decides who may call
//! it: that is the business of the layers in `routes.rs`.

pub mod account;
pub mod invoices;
pub mod public;
pub mod reports;
pub mod users;
