//! One guarded operation behind rustls, whose rustls-webpki verifies the certificates that are offered.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::{env, thread};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

fn main() {
    let files: Vec<String> = env::args().skip(1).collect();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&files[2]).unwrap()).unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .allow_unauthenticated()
        .build()
        .unwrap();
    let chain = CertificateDer::pem_file_iter(&files[0]).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(&files[1]).unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("listening on {}", listener.local_addr().unwrap().port());
    for stream in listener.incoming().flatten() {
        let config = config.clone();
        thread::spawn(move || serve(stream, config));
    }
}

fn serve(stream: TcpStream, config: Arc<ServerConfig>) -> Option<()> {
    let mut stream = BufReader::new(StreamOwned::new(ServerConnection::new(config).ok()?, stream));
    loop {
        let mut first = String::new();
        if stream.read_line(&mut first).ok()? == 0 {
            return None;
        }
        let mut line = String::new();
        while stream.read_line(&mut line).ok()? > 2 {
            line.clear();
        }
        let named = stream.get_ref().conn.peer_certificates().is_some();
        let (status, body) = match first.split(' ').nth(1) {
            Some("/secure") if named => ("200 OK", "{\"secret\": \"for known callers\"}"),
            Some("/secure") => ("401 Unauthorized", "{\"error\": \"client certificate required\"}"),
            _ => ("404 Not Found", "{\"error\": \"not found\"}"),
        };
        let head = format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
        let text = if first.starts_with("HEAD ") { head } else { head + body };
        stream.get_mut().write_all(text.as_bytes()).ok()?;
        stream.get_mut().flush().ok()?;
    }
}
