"""Names that announce a credential: of variables in collections, and of ``NAME=VALUE`` in a path. Pure."""

import re

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
"""Words of ``apiToken``, ``API_TOKEN`` and ``api-token``."""
ANYWHERE = re.compile(
    r"token|passw|passphrase|secret|credential|signature|session|bearer"
    r"|(?:access|api|app|auth|client|license|private|signing|subscription)key"
)
"""In the words joined together: long enough that no other word has them by chance."""
WHOLE = frozenset({"auth", "authorization", "cookie", "jwt", "otp", "pin", "pwd", "sid", "sig"})
"""Words that are short enough to be a part of others."""


def names_credential(name: str) -> bool:
    """Return whether a value of this name is probably a credential."""
    words = [word.lower() for word in WORD.findall(name)]
    return bool(WHOLE & set(words) or ANYWHERE.search("".join(words)))
