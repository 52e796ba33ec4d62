"""Apache httpd: verifies in the handshake, or for one location after it (renegotiation, RFC 8446 4.6.2)."""
