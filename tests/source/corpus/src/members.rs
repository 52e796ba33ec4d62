//! Paths that methods of enums, constants of types and traits give.

use crate::marks::{a, h};
use axum::middleware::from_fn;
use axum::routing::get;
use axum::Router;
use std::borrow::Cow;

#[derive(Clone, Copy, PartialEq)]
enum Endpoint {
    List,
    Item,
    Old,
    Kept(Kept),
}

#[derive(Clone, Copy, PartialEq)]
enum Kept {
    Short,
    Long,
}

impl Endpoint {
    const BASE: &'static str = "/shop";
    const OPEN: [Endpoint; 2] = [Endpoint::Item, Endpoint::Kept(Kept::Long)];

    fn path(self) -> &'static str {
        match self {
            Self::List => "/list",
            Endpoint::Item | Endpoint::Old => "/item",
            Self::Kept(kept) => kept.path(),
        }
    }

    fn below(self) -> String {
        if self == Endpoint::List {
            return "/all".to_string();
        }
        format!("{}{}", Self::BASE, self.path())
    }

    fn cut(&self) -> &'static str {
        &Kept::Long.path()["/kept".len()..]
    }
}

impl Kept {
    fn path(&self) -> &'static str {
        use Kept::*;
        match *self {
            Short => "/kept",
            Long => "/kept/long",
        }
    }
}

trait Route {
    fn route() -> &'static str;

    fn path(&self) -> Cow<'static, str> {
        Cow::Borrowed(Self::route())
    }

    fn add(app: Router) -> Router
    where
        Self: Sized,
    {
        app.route(Self::route(), get(h::five))
    }
}

trait Simple {
    const PATH: &'static str;
}

impl<T: Simple> Route for T {
    fn route() -> &'static str {
        Self::PATH
    }
}

struct Health;
struct Ready;
struct Login {
    _next: Option<u8>,
}

impl Simple for Health {
    const PATH: &'static str = "/health";
}

impl Simple for Ready {
    const PATH: &'static str = "/ready";
}

impl Route for Login {
    fn route() -> &'static str {
        "/login"
    }
}

struct Api<T>(std::marker::PhantomData<T>);

impl<T: Simple> Api<T> {
    const DEEP: &'static str = "/deep";

    fn router() -> Router {
        Router::new().nest(Self::DEEP, Router::new().route(T::PATH, get(h::six)))
    }
}

fn add<T: Route>(app: Router) -> Router {
    app.route(<T as Route>::route(), get(h::one))
}

fn add_as<T>(app: Router, one: &T) -> Router
where
    T: Route,
{
    let mut path = String::from("/by");
    path.push_str(&one.path());
    path += "/value";
    app.route(&path, get(h::two))
}

macro_rules! endpoints {
    ($( $(#[$meta:meta])* enum $name:ident { $($variant:ident($path:expr)),* $(,)? } )*) => {
        $(
            $(#[$meta])*
            enum $name { $($variant),* }

            impl $name {
                fn path(&self) -> &'static str {
                    match self { $(Self::$variant => $path),* }
                }
            }
        )*
    };
}

endpoints! {
    /// Made by a macro.
    enum Made { First("/first"), Second(concat!("/second", "/x")), }
    enum More { Third("/third") }
}

pub fn app() -> Router {
    let app = add::<Health>(Router::new());
    let app = add_as(app, &Ready);
    let app = add_as(app, &Login { _next: None });
    let app = Login::add(app).merge(Api::<Health>::router());
    let app = app
        .route(Endpoint::List.path(), get(h::three))
        .route(&Endpoint::List.below(), get(h::four))
        .route(Endpoint::Old.cut(), get(h::one));
    let app = Endpoint::OPEN.iter().fold(app, |app, one| app.route(&one.below(), get(h::two)));
    let app = app
        .route(Made::First.path(), get(h::four))
        .route(Made::Second.path(), get(h::five))
        .route(More::Third.path(), get(h::six));
    app.route(Ready::PATH, get(h::three)).layer(from_fn(a))
}
