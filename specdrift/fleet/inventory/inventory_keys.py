"""The keys that an inventory has beyond those of a configuration file, and those of one that a fleet has no use for."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from specdrift.config.keys.catalogue import GROUPS
from specdrift.config.keys.key import Group, Key, Shape
from specdrift.config.value_types import plain, quantities

FLEET = Group(
    name="fleet",
    about="How the services are worked through, and where the results go",
    keys=(
        Key(
            name="name",
            value_type=plain.TEXT,
            help="What the report calls the fleet; by default the file's name.",
        ),
        Key(name="workers", value_type=plain.integer(1, 256), help="Processes on this machine."),
        Key(name="scheduler", value_type=plain.TEXT, help="A Dask scheduler: tls://HOST:PORT."),
        Key(
            name="scheduler-ca-file", value_type=plain.FILE, help="CA certificates of scheduler and workers."
        ),
        Key(
            name="scheduler-cert-file", value_type=plain.FILE, help="The certificate shown to the scheduler."
        ),
        Key(name="scheduler-key-file", value_type=plain.FILE, help="Its private key."),
        Key(
            name="timeout",
            value_type=quantities.DURATION,
            help="For one service; it then ends with what it knows.",
        ),
        Key(
            name="grace",
            value_type=quantities.DURATION,
            help="How long beyond that, until its worker is ended and the service given to another.",
        ),
        Key(
            name="patience",
            value_type=quantities.DURATION,
            help="How long to wait for a worker when there is none.",
        ),
        Key(name="attempts", value_type=plain.integer(1, 20), help="How many workers one service may cost."),
        Key(name="output", value_type=plain.FOLDER, help="Where the results go."),
        Key(name="history", value_type=plain.NEW_FILE, help="The SQLite file of earlier runs."),
        Key(name="keep", value_type=plain.integer(1), help="Whole results kept in it for each service."),
    ),
)

SERVICE = Group(
    name="services",
    about="What is checked. Keys of a configuration file count for this service alone",
    shape=Shape.LIST,
    keys=(
        Key(name="name", value_type=plain.TEXT, help="What reports call it; may have {folder} and {stem}."),
        Key(
            name="config",
            value_type=plain.TEXT,
            help="Its own specdrift.toml; a pattern makes a service of each.",
        ),
        Key(
            name="environments",
            value_type=plain.TEXTS,
            help="Where it runs; by default all of [environments].",
        ),
        Key(
            name="parts",
            value_type=plain.integer(1, 64),
            help="Divide its operations among so many workers, which share its rate limit and connections.",
        ),
    ),
)

INSIDE = "in"
"""``[services.in.staging]``: keys of one service in one environment."""
TOP = ("fleet", "defaults", "environments", "services")
CONFIGURATION = tuple(
    name for group in GROUPS for name in ((group.name,) if group.name else (key.name for key in group.keys))
)
"""Every name that may stand at the top of a configuration file."""

UNUSED: Mapping[str, str] = {
    "reports": (
        "it writes services/NAME.html, .json and .sarif of each; "
        "`specdrift report services/NAME.json -o FILE` makes every other format"
    ),
    "update-baseline": (
        "it writes no baselines; `specdrift check` of the service with --baseline FILE --update-baseline does"
    ),
    "previous": "it holds each service against its last result in the history ([fleet] history)",
    "shard": "`parts` divides a service among workers, and `specdrift fleet --shard I/N` a fleet among jobs",
}
"""Keys of a configuration file that mean nothing in a fleet, and what takes their place."""


def unused(table: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Where such keys are in a table, and what is to be said of each."""
    for name, instead in UNUSED.items():
        if name not in table:
            continue
        value = table[name]
        inside = tuple((name, key) for key in value) if isinstance(value, dict) else ()
        paths: Iterable[tuple[str, ...]] = inside or ((name,),)
        for path in paths:
            yield path, f"{'.'.join(path)}: a fleet does not use it: {instead}"
