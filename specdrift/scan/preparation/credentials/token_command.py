"""Runs each ``[schemes.NAME] token-command`` once, before anything is sent."""

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from specdrift.errors import UsageError
from specdrift.scan.preparation.credentials.printed import printed
from specdrift.settings import SchemeSettings, Secret

TokenSource = Callable[[Mapping[str, SchemeSettings]], dict[str, SchemeSettings]]
"""Returns the schemes with a token for each ``token-command``."""


def with_placeholders(schemes: Mapping[str, SchemeSettings]) -> dict[str, SchemeSettings]:
    """Return the schemes with a placeholder for each token; runs no command. For plans."""
    return {
        name: replace(scheme, token=Secret("token-of-the-command"))
        if scheme.token_command and scheme.token is None
        else scheme
        for name, scheme in schemes.items()
    }


def with_tokens(schemes: Mapping[str, SchemeSettings]) -> dict[str, SchemeSettings]:
    """Return the schemes with the tokens that their commands print. Raises UsageError, without the command's output in
    the message.
    """
    return {
        name: replace(scheme, token=_token(name, scheme.token_command))
        if scheme.token_command and scheme.token is None
        else scheme
        for name, scheme in schemes.items()
    }


def _token(name: str, command: tuple[str, ...]) -> Secret:
    key = f"[schemes.{name}] token-command"
    output = printed(key, command, "token")
    try:
        token = output.decode("ascii").strip()
    except UnicodeDecodeError:
        token = ""
    if not token or not token.isprintable() or " " in token:
        raise UsageError(f"{key}: {command[0]} must print one token and nothing else (RFC 6750 §2.1)")
    return Secret(token)
