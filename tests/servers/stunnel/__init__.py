"""stunnel in front of a server without TLS, which cannot identify callers: all paths have one policy."""
