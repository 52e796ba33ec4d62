"""How many processes share a run, and why it is one where the owner wants more. Pure."""

import os
from collections.abc import Callable

from specdrift.settings import Settings

_ALONE: tuple[tuple[Callable[[Settings], bool], str], ...] = (
    (lambda _: not hasattr(os, "fork"), "this system cannot fork"),
    (lambda settings: settings.spec == "-", "the document is read from standard input, once"),
    (
        lambda settings: not settings.base_url,
        "BASE_URL is not given, so that its host may have to be confirmed",
    ),
    (lambda settings: settings.selection.shard is not None, "--shard already divides the operations"),
    (lambda settings: bool(settings.network.callback_listen), "one process can listen at callback-listen"),
    (
        lambda settings: any(one.revoke_command for one in settings.identities),
        "a certificate is revoked at the end of the run (revoke-command)",
    ),
    (
        lambda settings: any(one.command for one in settings.identities),
        "a command prints a certificate (identity-command), and may ask for something",
    ),
    (
        lambda settings: any(one.token_command for one in settings.schemes.values()),
        "a command prints a token (token-command), and may ask for something",
    ),
)


def process_count(settings: Settings) -> int:
    """Return the number of processes: as many as are wanted, but each has a connection and a request of its own."""
    network = settings.network
    most = (
        network.concurrency
        if network.max_requests is None
        else min(network.concurrency, network.max_requests)
    )
    return max(1, min(network.workers, most))


def why_alone(settings: Settings) -> str:
    """Return why one process must do the whole run; empty if several may share it."""
    return next((reason for applies, reason in _ALONE if applies(settings)), "")
