"""OpenSSL's library, called from Python: for early data, which the standard library does not offer."""
