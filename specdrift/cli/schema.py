"""``specdrift schema``: the JSON Schemas of what goes in and what comes out."""

import json

import click

from specdrift.cli.group import Example, command_with
from specdrift.cli.streams import write_out
from specdrift.config.schema import config_schema


@command_with(
    "schema",
    Example(line="specdrift schema config > specdrift.schema.json", about="for editors"),
    Example(line="specdrift schema result", about="for programs that read results"),
)
@click.argument("which", metavar="config|result", type=click.Choice(["config", "result"]))
def command(which: str) -> None:
    """Print the JSON Schema of the configuration file or of a result."""
    write_out((json.dumps(_SCHEMAS[which](), indent=2) + "\n").encode())


def _result() -> dict[str, object]:
    from specdrift.reports import result_schema

    return result_schema()


_SCHEMAS = {"config": config_schema, "result": _result}
