//! Routers made by methods, traits, folds, and kept in fields.

use crate::marks::h;
use axum::routing::get;
use axum::Router;

struct Service {
    prefix: &'static str,
    router: Router,
}

impl Service {
    fn new() -> Self {
        Self { prefix: "/kept", router: Router::new().route("/one", get(h::one)) }
    }

    fn with_two(mut self) -> Self {
        self.router = self.router.route("/two", get(h::two));
        self
    }

    fn build(self) -> Router {
        Router::new().nest(self.prefix, self.router)
    }
}

trait Extra {
    fn with_three(self) -> Self;
}

impl Extra for Router {
    fn with_three(self) -> Self {
        self.route("/three", get(h::three))
    }
}

type Routes = Router;

pub fn app() -> Router {
    let folded = [Routes::new().route("/four", get(h::four)), Router::default().route("/five", get(h::five))]
        .into_iter()
        .fold(Router::new(), |all, one| all.merge(one));
    Service::new().with_two().build().with_three().merge(folded)
}
