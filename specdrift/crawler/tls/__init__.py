"""TLS connections and what their handshakes show."""
