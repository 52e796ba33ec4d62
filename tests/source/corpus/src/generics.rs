//! Traits, generic functions, futures, results, closures that are passed on.

use crate::marks::{a, b, h};
use axum::middleware::from_fn;
use axum::routing::get;
use axum::Router;

trait Mounted {
    const PREFIX: &'static str;

    fn routes() -> Router;

    fn mounted() -> Router {
        Router::new().nest(Self::PREFIX, Self::routes())
    }
}

struct Users;
struct Items;

impl Mounted for Users {
    const PREFIX: &'static str = "/users";

    fn routes() -> Router {
        Router::new().route("/{id}", get(h::one))
    }
}

impl Mounted for Items {
    const PREFIX: &'static str = "/items";

    fn routes() -> Router {
        Router::new().route("/", get(h::two))
    }
}

fn mount<T: Mounted>(app: Router) -> Router {
    app.nest(T::PREFIX, T::routes())
}

fn fallible() -> Result<Router, String> {
    let inner = Some(Router::new().route("/fallible", get(h::three))).ok_or("nothing")?;
    Ok(inner.layer(from_fn(a)))
}

fn with<F: FnOnce(Router) -> Router>(app: Router, change: F) -> Router {
    change(app)
}

pub fn app() -> Router {
    let app = mount::<Users>(Router::new()).merge(Items::mounted());
    let app = app.merge(fallible().expect("a router"));
    with(app, |app| app.route("/given", get(h::four))).layer(from_fn(b))
}
