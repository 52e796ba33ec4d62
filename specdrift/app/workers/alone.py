"""How many processes share a run, and why it is one where the owner wants more. Pure."""

import os
from collections.abc import Callable, Mapping
from enum import StrEnum

from specdrift.settings import Settings


class Alone(StrEnum):
    """Why one process does the whole run, in words for people."""

    NO_FORK = "this system cannot fork"
    STANDARD_INPUT = "the document is read from standard input, once"
    NO_BASE_URL = "BASE_URL is not given, so that its host may have to be confirmed"
    SHARD = "--shard already divides the operations"
    CALLBACKS = "one process can listen at callback-listen"
    REVOCATION = "a certificate is revoked at the end of the run (revoke-command)"
    IDENTITY_COMMAND = "a command prints a certificate (identity-command), and may ask for something"
    TOKEN_COMMAND = "a command prints a token (token-command), and may ask for something"  # noqa: S105
    BESIDE = "two targets are compared (--beside)"


_ALONE: Mapping[Alone, Callable[[Settings], bool]] = {
    Alone.NO_FORK: lambda _: not hasattr(os, "fork"),
    Alone.STANDARD_INPUT: lambda settings: settings.spec == "-",
    Alone.NO_BASE_URL: lambda settings: not settings.base_url,
    Alone.SHARD: lambda settings: settings.selection.shard is not None,
    Alone.CALLBACKS: lambda settings: bool(settings.network.callback_listen),
    Alone.REVOCATION: lambda settings: any(one.revoke_command for one in settings.identities),
    Alone.IDENTITY_COMMAND: lambda settings: any(one.command for one in settings.identities),
    Alone.TOKEN_COMMAND: lambda settings: any(one.token_command for one in settings.schemes.values()),
}


def process_count(settings: Settings) -> int:
    """Return the number of processes: as many as are wanted, but each has a connection and a request of its own."""
    network = settings.network
    most = (
        network.concurrency
        if network.max_requests is None
        else min(network.concurrency, network.max_requests)
    )
    return max(1, min(network.workers, most))


def why_alone(settings: Settings) -> Alone | None:
    """Return why one process must do the whole run; None if several may share it."""
    return next((reason for reason, applies in _ALONE.items() if applies(settings)), None)
