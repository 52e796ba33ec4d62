"""Handshakes that need ``openssl s_client``."""
