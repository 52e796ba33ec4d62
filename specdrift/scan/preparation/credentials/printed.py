"""Runs a command of the configuration, and takes what it prints. Its output is never part of a message."""

import os
import subprocess
from collections.abc import Mapping
from types import MappingProxyType

from specdrift.errors import UsageError

TIMEOUT_S = 60
"""A command may contact an authorization server, or prompt the user."""


def printed(
    key: str,
    command: tuple[str, ...],
    what: str,
    *,
    given: bytes = b"",
    variables: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    """Run ``command``, without a shell, and return its standard output.

    ``key`` names it in messages, and ``what`` is what it prints. ``given`` is its standard input, ``variables`` are
    added to its environment. Raises UsageError.
    """
    try:
        # The configured command, without a shell.
        done = subprocess.run(
            command,
            input=given,
            env={**os.environ, **variables},
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except OSError as error:
        raise UsageError(f"{key}: cannot run {command[0]}: {error.strerror}") from error
    except subprocess.TimeoutExpired:
        raise UsageError(f"{key}: {command[0]} printed no {what} within {TIMEOUT_S} s") from None
    if done.returncode:
        raise UsageError(f"{key}: {command[0]} exited with status {done.returncode}; run it to see why")
    return done.stdout
