"""Names of secret headers and parameters, whose values are redacted in every output."""

import re
from collections.abc import Collection

HIDDEN = "[redacted]"
"""Replaces a secret value."""

SECRET_HEADERS = frozenset(
    {"authorization", "cookie", "set-cookie", "proxy-authorization", "x-api-key", "x-auth-token"}
)
"""Lower-case names (RFC 9110 §5.1: names are case-insensitive)."""

SECRET_PARAMETERS = frozenset({"access_token", "api_key", "apikey", "client_secret", "password"})
"""Names of query parameters."""

CREDENTIAL_ENDINGS = (
    "token",
    "jwt",
    "session",
    "sessionid",
    "sid",
    "ticket",
    "secret",
    "apikey",
    "credential",
    "credentials",
    "password",
    "assertion",
    "authorization",
)
"""How names of credentials end, in small letters without signs."""


def names_a_credential(name: str) -> bool:
    """Return whether a field, member or parameter of this name holds a credential: ``sid``, ``X-Auth-Token``."""
    return "".join(filter(str.isalnum, name)).lower().endswith(CREDENTIAL_ENDINGS)


MEMBER = re.compile(r'("([^"\\]{1,80})"\s{0,4}:\s{0,4}")([^"\\]{6,})')
"""A member of a JSON text with a string: up to the string, its name, and the string."""


def hide_members(text: str, names: Collection[str]) -> str:
    """Hide the strings of the members of a JSON text with these lower-case names."""

    def hidden(found: re.Match[str]) -> str:
        return f"{found[1]}{HIDDEN}" if found[2].lower() in names else found[0]

    return MEMBER.sub(hidden, text) if names else text
