"""``specdrift schema``."""

import json

import click

from specdrift.cli.options.group import Example, command_with
from specdrift.cli.terminal.streams import write_text
from specdrift.config.describe.json_schema import config_schema
from specdrift.config.describe.reference import Names, reference
from specdrift.errors import UsageError


@command_with(
    "schema",
    Example(line="specdrift schema config > specdrift.schema.json", about="for editors"),
    Example(line="specdrift schema result", about="for programs that read results"),
)
@click.argument("which", metavar="config|result", type=click.Choice(["config", "result"]))
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "markdown"]),
    default="json",
    help="Output format; markdown is a reference page of the configuration.",
)
def command(which: str, form: str) -> None:
    """Print the JSON Schema of the configuration file or of a result."""
    if form == "markdown":
        if which != "config":
            raise UsageError("a result has only a JSON Schema; use --format json")
        write_text(reference(_names()))
        return
    write_text(json.dumps(_SCHEMAS[which](), indent=2) + "\n")


def _names() -> Names:
    from specdrift.cli.terminal.profile_page import in_short
    from specdrift.reports import FORMATS

    formats = {name: f"{form.media_type}, as files `*.{form.extension}`" for name, form in FORMATS.items()}
    return {"battery": in_short(), "reports": formats}


def _result() -> dict[str, object]:
    from specdrift.reports import result_schema

    return result_schema()


_SCHEMAS = {"config": config_schema, "result": _result}
