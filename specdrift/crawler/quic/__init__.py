"""HTTP/3 (RFC 9114) over QUIC (RFC 9000), with aioquic: the extra `http3`."""
