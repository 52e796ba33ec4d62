//! What depends on the run, and what does not.

use crate::marks::{a, b, h};
use axum::middleware::from_fn;
use axum::routing::get;
use axum::Router;

const NEVER: bool = false;

pub fn app() -> Router {
    let debug = std::env::var("CORPUS_DEBUG").is_ok();
    let mut app = Router::new().route("/always", get(h::one));
    if debug {
        app = app.route("/debug", get(h::two)).layer(from_fn(b));
    }
    if NEVER {
        app = app.route("/never", get(h::three));
    } else {
        app = app.route("/ever", get(h::four));
    }
    let app = match debug {
        true => app.route("/noisy", get(h::five)),
        false => app.route("/quiet", get(h::six)),
    };
    app.layer(from_fn(a))
}
