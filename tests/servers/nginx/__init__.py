"""nginx: verifies nothing in the handshake, answers invalid certificates with HTTP 400."""
