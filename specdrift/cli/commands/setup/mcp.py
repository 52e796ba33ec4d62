"""``specdrift mcp``."""

from pathlib import Path
from typing import Any

import click

from specdrift.cli.options.group import Example, command_with
from specdrift.cli.options.shared import terminal_options
from specdrift.errors import UsageError, extra_command


@command_with(
    "mcp",
    Example(line="specdrift mcp", about="lint documents and explain rules, in this folder"),
    Example(
        line="specdrift mcp --config specdrift.toml", about="also plan, and read the configured document"
    ),
    Example(
        line="specdrift mcp --config specdrift.toml --allow-check", about="also check the configured API"
    ),
)
@click.option(
    "--config",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="Configuration file, which is trusted. Tools read files of its folder only.",
)
@click.option("--allow-check", is_flag=True, help="Let the assistant start checks of the configured API.")
@terminal_options
def command(config: Path | None, *, allow_check: bool, **_: Any) -> None:  # noqa: ANN401 - click's parameters
    """Serve lint, plan, explain and results to an assistant by the Model Context Protocol, on standard input.

    Tools take no server, credential or command: these come from the configuration alone. Needs the extra mcp:
    pip install '.[mcp]' in a checkout of specdrift.
    """
    if allow_check and config is None:
        raise UsageError("--allow-check needs --config FILE, which names the API")
    try:
        from specdrift.mcp.server import server_for
    except ModuleNotFoundError as error:
        raise UsageError(f"{error.name} is not installed: {extra_command('mcp')}") from None
    root = (config.parent if config else Path()).resolve()
    server_for(config, root=root, may_check=allow_check).run("stdio")
