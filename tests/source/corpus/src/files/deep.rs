pub mod deeper;

use axum::routing::get as fetch;
use axum::Router as Routes;

pub fn branch() -> Routes {
    Routes::new().route("/branch", fetch(crate::marks::h::two)).merge(super::deep::deeper::twig())
}
