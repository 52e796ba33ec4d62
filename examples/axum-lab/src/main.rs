//! A small invoice service behind mutual TLS: Axum on rustls, with one flag per fault.
//! Without `--faults` it behaves as `openapi.yaml` declares.

mod api;
mod args;
mod faults;
mod guard;
mod identity;
mod problem;
mod routes;
mod server;
mod store;
mod tls;

use std::process::ExitCode;

use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::args::{Command, Options};
use crate::faults::{plain, wiring};
use crate::store::Store;

/// Anything that keeps the service from starting, as a sentence for its operator.
type StartError = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let command = match args::parse(std::env::args().skip(1)) {
        Ok(command) => command,
        Err(message) => {
            eprintln!("axum-lab: {message}\n\n{}", args::USAGE);
            return ExitCode::from(2);
        }
    };
    match command {
        Command::Help => println!("{}", args::USAGE),
        Command::ListFaults => print!("{}", faults::listing()),
        Command::Serve(options) => {
            if let Err(error) = run(&options).await {
                eprintln!("axum-lab: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

async fn run(options: &Options) -> Result<(), StartError> {
    let acceptor = TlsAcceptor::from(tls::server_config(options)?);
    let faults = &options.faults;
    let app = if faults.is_none() { routes::app() } else { wiring::app(faults) };
    let each = wiring::each_connection(faults);
    let listener = TcpListener::bind(options.listen).await?;
    // The first line on stdout: with port 0 it gives the port, and it shows that the service is ready.
    println!("listening on https://{}", listener.local_addr()?);
    let store = Store::with_samples();
    plain::open(faults, listener.local_addr()?, store.clone()).await?;
    server::serve(listener, acceptor, app.with_state(store), each).await
}
