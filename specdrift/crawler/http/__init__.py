"""HTTP/0.9, HTTP/1.1 and HTTP/2 over one connection."""
