"""Names of secret headers and parameters, whose values are redacted in every output."""

HIDDEN = "[redacted]"
"""Replaces a secret value."""

SECRET_HEADERS = frozenset(
    {"authorization", "cookie", "set-cookie", "proxy-authorization", "x-api-key", "x-auth-token"}
)
"""Lower-case names (RFC 9110 §5.1: names are case-insensitive)."""

SECRET_PARAMETERS = frozenset({"access_token", "api_key", "apikey", "client_secret", "password"})
"""Names of query parameters."""
