"""Keys of an inventory that a configuration file does not have, and configuration keys that a fleet ignores."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from specdrift.config.keys.catalogue import GROUPS
from specdrift.config.keys.config_key import Group, Key, Shape
from specdrift.config.value_types import plain, quantities

FLEET = Group(
    name="fleet",
    about="Workers, scheduling and output",
    keys=(
        Key(
            name="name",
            value_type=plain.TEXT,
            help="Name of the fleet in reports; default: the file's name.",
        ),
        Key(
            name="workers",
            value_type=plain.integer(1, 256),
            help="Number of worker processes on this machine.",
        ),
        Key(name="scheduler", value_type=plain.TEXT, help="Address of a Dask scheduler: tls://HOST:PORT."),
        Key(
            name="scheduler-insecure",
            value_type=plain.FLAG,
            help="Use a scheduler beyond loopback also without TLS: everybody on the way to it can run programs here.",
        ),
        Key(
            name="scheduler-ca-file", value_type=plain.FILE, help="CA certificates of scheduler and workers."
        ),
        Key(name="scheduler-cert-file", value_type=plain.FILE, help="Client certificate for the scheduler."),
        Key(name="scheduler-key-file", value_type=plain.FILE, help="Its private key."),
        Key(
            name="timeout",
            value_type=quantities.DURATION,
            help="Time limit of one service; its run then ends incomplete.",
        ),
        Key(
            name="grace",
            value_type=quantities.DURATION,
            help="Time after the limit until the worker is ended and the service reassigned.",
        ),
        Key(
            name="patience",
            value_type=quantities.DURATION,
            help="Time to wait for a worker if there is none.",
        ),
        Key(
            name="attempts",
            value_type=plain.integer(1, 20),
            help="Maximum number of workers lost on one service.",
        ),
        Key(name="output", value_type=plain.FOLDER, help="Output folder."),
        Key(name="history", value_type=plain.NEW_FILE, help="The SQLite file of earlier runs."),
        Key(
            name="keep",
            value_type=plain.integer(1),
            help="Number of complete results in the history for each service.",
        ),
    ),
)

SERVICE = Group(
    name="services",
    about="Services to check. Configuration keys apply to this service only",
    shape=Shape.LIST,
    keys=(
        Key(name="name", value_type=plain.TEXT, help="Name in reports; can contain {folder} and {stem}."),
        Key(
            name="config",
            value_type=plain.TEXT,
            help="Its own specdrift.toml; a pattern makes one service of each match.",
        ),
        Key(
            name="environments",
            value_type=plain.TEXTS,
            help="Environments of the service; default: all of [environments].",
        ),
        Key(
            name="owner",
            value_type=plain.TEXT,
            help="Team or person that is responsible for it, in reports; can contain {folder} and {stem}.",
        ),
        Key(
            name="parts",
            value_type=plain.integer(1, 64),
            help="Number of workers that its operations are divided among; they share its rate limit and connections.",
        ),
    ),
)

INSIDE = "in"
"""``[services.in.staging]``: keys of one service in one environment."""
TOP = ("fleet", "defaults", "environments", "services")
CONFIGURATION = tuple(
    name for group in GROUPS for name in ((group.name,) if group.name else (key.name for key in group.keys))
)
"""Every top-level name of a configuration file."""

UNUSED: Mapping[str, str] = {
    "reports": (
        "services/NAME.html, .json and .sarif are always written; "
        "`specdrift report services/NAME.json -o FILE` makes every other format"
    ),
    "update-baseline": (
        "no baselines are written; use `specdrift check` of the service with --baseline FILE --update-baseline"
    ),
    "previous": "each service is compared with its last result in the history ([fleet] history)",
    "network.workers": "`parts` divides a service among workers",
    "shard": "`parts` divides a service among workers, and `specdrift fleet --shard I/N` a fleet among jobs",
}
"""Configuration keys that a fleet ignores, and what replaces them."""


def unused(table: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the path of each ignored key in a table, and a message."""
    for dotted, instead in UNUSED.items():
        for path in _paths(table, tuple(dotted.split("."))):
            yield path, f"{'.'.join(path)}: not used in a fleet: {instead}"


def _paths(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    """Return the path if the table has it; of a group, that of each of its keys."""
    found: Any = table
    for name in path:
        if not isinstance(found, Mapping) or name not in found:
            return ()
        found = found[name]
    inside = tuple((*path, key) for key in found) if isinstance(found, Mapping) else ()
    return inside or (path,)
