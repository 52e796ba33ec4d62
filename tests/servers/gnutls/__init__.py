"""GnuTLS under the standard library's HTTP server: verifies after the handshake, and refuses with access_denied.

Its own server, `gnutls-serv`, does the same, but always listens on all addresses.
"""
