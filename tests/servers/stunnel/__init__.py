"""stunnel before a server without TLS, which never learns who calls: all paths are alike."""
