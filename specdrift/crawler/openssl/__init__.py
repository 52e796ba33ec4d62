"""Connections that need ``openssl s_client``."""
