"""Go with quic-go: HTTP/3 beside HTTP/1.1 and HTTP/2, with a TLS configuration of its own."""
