"""Runs each ``[[identities]] identity-command`` once, before anything is sent. What it prints stays in memory."""

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from specdrift.errors import UsageError
from specdrift.scan.preparation.credentials.placeholder import placeholder_pem
from specdrift.scan.preparation.credentials.printed import printed
from specdrift.settings import Identity, Secret

IdentitySource = Callable[[Iterable[Identity]], tuple[Identity, ...]]
"""Returns the identities with the certificate and key that each ``identity-command`` prints."""


def with_printed(identities: Iterable[Identity]) -> tuple[Identity, ...]:
    """Return the identities with what their commands print. Raises UsageError, without any output in the message."""
    return tuple(
        replace(one, pem=_pem(one)) if one.command and one.pem is None else one for one in identities
    )


def with_placeholder_identities(identities: Iterable[Identity]) -> tuple[Identity, ...]:
    """Return the identities with a made-up certificate for each command; runs none. For plans."""
    return tuple(
        replace(one, pem=Secret(placeholder_pem(one.name).decode()))
        if one.command and one.pem is None
        else one
        for one in identities
    )


def _pem(identity: Identity) -> Secret:
    key = f'identity-command of "{identity.name}"'
    try:
        text = printed(key, identity.command, "certificate").decode("ascii")
    except UnicodeDecodeError:
        raise UsageError(
            f"{key}: {identity.command[0]} must print PEM: the certificate, its chain, its key"
        ) from None
    return Secret(text)
