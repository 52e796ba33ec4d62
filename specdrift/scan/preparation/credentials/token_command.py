"""Runs each ``[schemes.NAME] token-command`` once, before anything is sent."""

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace

from specdrift.errors import UsageError
from specdrift.settings import SchemeSettings, Secret

TIMEOUT_S = 60
"""A command may contact an authorization server, or prompt the user."""


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
    try:
        # The configured command, without a shell.
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_S, check=False
        )
    except OSError as error:
        raise UsageError(f"{key}: cannot run {command[0]}: {error.strerror}") from error
    except subprocess.TimeoutExpired:
        raise UsageError(f"{key}: {command[0]} printed no token within {TIMEOUT_S} s") from None
    if done.returncode:
        raise UsageError(f"{key}: {command[0]} exited with status {done.returncode}; run it to see why")
    try:
        token = done.stdout.decode("ascii").strip()
    except UnicodeDecodeError:
        token = ""
    if not token or not token.isprintable() or " " in token:
        raise UsageError(f"{key}: {command[0]} must print one token and nothing else (RFC 6750 §2.1)")
    return Secret(token)
