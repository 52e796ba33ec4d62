"""Runs the commands that print tokens (``[schemes.NAME] token-command``), once each, before anything is sent."""

import subprocess
from collections.abc import Mapping
from dataclasses import replace

from specdrift.errors import UsageError
from specdrift.settings import SchemeSettings, Secret

PATIENCE_S = 60
"""A command may have to ask an authorization server, or its user."""


def with_tokens(schemes: Mapping[str, SchemeSettings]) -> dict[str, SchemeSettings]:
    """The schemes with the tokens that their commands print. Raises UsageError; what a command prints is never
    in the message.
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
        # The owner's own command, as the owner wrote it; without a shell.
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE_S, check=False
        )
    except OSError as error:
        raise UsageError(f"{key}: cannot run {command[0]}: {error.strerror}") from error
    except subprocess.TimeoutExpired:
        raise UsageError(f"{key}: {command[0]} printed no token within {PATIENCE_S} s") from None
    if done.returncode:
        raise UsageError(
            f"{key}: {command[0]} ended with status {done.returncode}; run it by hand to see why"
        )
    try:
        token = done.stdout.decode("ascii").strip()
    except UnicodeDecodeError:
        token = ""
    if not token or not token.isprintable() or " " in token:
        raise UsageError(f"{key}: {command[0]} has to print one token and nothing else (RFC 6750 §2.1)")
    return Secret(token)
