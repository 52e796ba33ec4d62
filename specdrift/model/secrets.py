"""What is secret by its name, wherever something is shown or written down."""

HIDDEN = "[redacted]"
"""What stands in a secret's place."""

SECRET_HEADERS = frozenset(
    {"authorization", "cookie", "set-cookie", "proxy-authorization", "x-api-key", "x-auth-token"}
)
"""In lower case (RFC 9110 §5.1: names have none)."""

SECRET_PARAMETERS = frozenset({"access_token", "api_key", "apikey", "client_secret", "password"})
"""Of queries."""
