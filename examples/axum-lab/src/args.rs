//! The command line, read by hand: ten options do not need a parser crate.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::faults::Faults;

/// The text of `--help`, also printed after a mistake.
pub const USAGE: &str = "\
usage: axum-lab --ca FILE --cert FILE --key FILE [OPTION]...

  --ca FILE           CA certificates (PEM) that client certificates must chain to
  --cert FILE         the service's certificate, then its chain (PEM)
  --key FILE          its private key (PEM)
  --crl FILE          revocation lists (PEM); a revoked client certificate is refused
  --listen ADDR:PORT  where to listen (127.0.0.1:8443); port 0 takes a free one
  --client-auth MODE  optional: each route decides (default, as openapi.yaml says)
                      required: no certificate, no connection
  --tls VERSIONS      1.2-1.3 (default), or only 1.2 or only 1.3
  --faults A,B        plant faults; none (default) is the correct service
  --list-faults       print: name <TAB> what is wrong <TAB> rules that find it
  --help              print this";

/// The command of the command line.
pub enum Command {
    /// Print the usage.
    Help,
    /// Print the table of faults.
    ListFaults,
    /// Start the service.
    Serve(Box<Options>),
}

/// Whether a connection without a client certificate is accepted.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub enum ClientAuth {
    /// The certificate is requested; each route decides whether it is required.
    #[default]
    Optional,
    /// Without a certificate the handshake fails.
    Required,
}

/// The offered TLS versions.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub enum TlsVersions {
    /// TLS 1.2 and 1.3.
    #[default]
    Both,
    /// TLS 1.2 alone.
    Only12,
    /// TLS 1.3 alone.
    Only13,
}

/// The settings of the service.
pub struct Options {
    /// Trust anchors for client certificates.
    pub ca: PathBuf,
    /// Server certificate chain, leaf first.
    pub cert: PathBuf,
    /// Private key of the server certificate.
    pub key: PathBuf,
    /// Revocation lists, when clients are to be checked against them.
    pub crl: Option<PathBuf>,
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Whether a certificate is requested or required.
    pub client_auth: ClientAuth,
    /// TLS 1.2, TLS 1.3, or both.
    pub tls: TlsVersions,
    /// The faults of this run.
    pub faults: Faults,
}

/// Reads the arguments (without the program's name); the error is a sentence for the user.
pub fn parse(mut args: impl Iterator<Item = String>) -> Result<Command, String> {
    let (mut ca, mut cert, mut key, mut crl) = (None, None, None, None);
    let mut listen = SocketAddr::from(([127, 0, 0, 1], 8443));
    let mut client_auth = ClientAuth::default();
    let mut tls = TlsVersions::default();
    let mut faults = Faults::default();
    while let Some(option) = args.next() {
        match option.as_str() {
            "--help" | "-h" => return Ok(Command::Help),
            "--list-faults" => return Ok(Command::ListFaults),
            _ => {}
        }
        let value = args.next().ok_or(format!("{option} needs a value, or is not known"))?;
        match option.as_str() {
            "--ca" => ca = Some(value.into()),
            "--cert" => cert = Some(value.into()),
            "--key" => key = Some(value.into()),
            "--crl" => crl = Some(value.into()),
            "--listen" => listen = address(&value)?,
            "--client-auth" => client_auth = mode(&value)?,
            "--tls" => tls = versions(&value)?,
            "--faults" => faults = value.parse()?,
            _ => return Err(format!("unknown option {option}")),
        }
    }
    Ok(Command::Serve(Box::new(Options {
        ca: ca.ok_or("--ca is missing")?,
        cert: cert.ok_or("--cert is missing")?,
        key: key.ok_or("--key is missing")?,
        crl,
        listen,
        client_auth,
        tls,
        faults,
    })))
}

fn address(value: &str) -> Result<SocketAddr, String> {
    value.parse().map_err(|error| format!("--listen {value}: {error}"))
}

fn mode(value: &str) -> Result<ClientAuth, String> {
    match value {
        "optional" => Ok(ClientAuth::Optional),
        "required" => Ok(ClientAuth::Required),
        _ => Err(format!("--client-auth {value}: optional or required")),
    }
}

fn versions(value: &str) -> Result<TlsVersions, String> {
    match value {
        "1.2-1.3" => Ok(TlsVersions::Both),
        "1.2" => Ok(TlsVersions::Only12),
        "1.3" => Ok(TlsVersions::Only13),
        _ => Err(format!("--tls {value}: 1.2-1.3, 1.2 or 1.3")),
    }
}
