"""HAProxy: verifies in the handshake, unless errors are ignored and left to rules."""
