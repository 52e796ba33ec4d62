//! Reads `module TAB method TAB path` a line, asks the module's router, and says what answered: status, the handler's
//! name, and the layers that the answer came through, the outermost first.

mod builders;
mod chosen;
mod conditions;
mod documented;
mod expanded;
mod fallbacks;
mod files;
mod generated;
mod generics;
mod late_fallback;
mod layers;
mod loops;
mod marks;
mod members;
mod merged;
mod methods;
mod nested;
mod older;
mod oldest;
mod paths;
mod plain;
mod services;
mod tower_layers;
mod typed;
mod types;
mod variables;

use std::collections::HashMap;
use std::io::{stdin, stdout, BufRead, BufWriter, Write};

use axum::body::{to_bytes, Body};
use axum::http::Request;
use axum::Router;
use tower::ServiceExt;

fn app(module: &str) -> Router {
    match module {
        "plain" => plain::app(),
        "layers" => layers::app(),
        "late_fallback" => late_fallback::app(),
        "nested" => nested::app(),
        "merged" => merged::app(),
        "members" => members::app(),
        "methods" => methods::app(),
        "paths" => paths::app(),
        "variables" => variables::app(),
        "types" => types::app(),
        "builders" => builders::app(),
        "services" => services::app(),
        "documented" => documented::app(),
        "typed" => typed::app(),
        "older" => Router::new().fallback_service(older::app()),
        "files" => files::app(),
        "fallbacks" => fallbacks::app(),
        "tower_layers" => tower_layers::app(),
        "loops" => loops::app(),
        "generics" => generics::app(),
        "conditions" => conditions::app(),
        "expanded" => expanded::app(),
        "chosen" => chosen::app(),
        other => generated::app(other),
    }
}

/// The same of axum 0.6, whose requests and answers are those of another version of the http crate.
async fn of_the_oldest(method: &str, path: &str) -> String {
    use axum06::body::{Body, HttpBody};
    let request = axum06::http::Request::builder().method(method).uri(path).body(Body::empty());
    let mut answer = oldest::app().oneshot(request.expect("a request")).await.expect("an answer");
    let mut body = String::new();
    while let Some(Ok(part)) = answer.body_mut().data().await {
        body.push_str(&String::from_utf8_lossy(&part));
    }
    format!("{}\t{body}\t", answer.status().as_u16())
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut out = BufWriter::new(stdout().lock());
    let mut apps: HashMap<String, Router> = HashMap::new(); // a router takes longer to build than to answer
    for line in stdin().lock().lines() {
        let line = line.expect("a line of text");
        let [module, method, path] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("not module, method and path: {line}");
        };
        if module == "oldest" {
            writeln!(out, "{line}\t{}", of_the_oldest(method, path).await).expect("a reader");
            continue;
        }
        let request = Request::builder().method(method).uri(path).body(Body::empty()).expect("a request");
        let router = apps.entry(module.to_owned()).or_insert_with(|| app(module)).clone();
        let answer = router.oneshot(request).await.expect("an answer");
        let status = answer.status().as_u16();
        let layers = answer.headers().get_all("x-layer").iter().rev().filter_map(|v| v.to_str().ok());
        let layers = layers.collect::<Vec<_>>().join(",");
        let body = to_bytes(answer.into_body(), 1000).await.expect("a body");
        writeln!(out, "{line}\t{status}\t{}\t{layers}", String::from_utf8_lossy(&body)).expect("a reader");
    }
}
