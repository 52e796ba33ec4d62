"""nginx: verifies nothing in the handshake, answers bad certificates with HTTP 400."""
