"""``specdrift completion``."""

import click
from click.shell_completion import get_completion_class

from specdrift.cli.options.group import Example, command_with
from specdrift.cli.terminal.streams import write_text

_SHELLS = ("bash", "zsh", "fish")


@command_with(
    "completion",
    Example(
        line='eval "$(specdrift completion bash)"', about="in this shell; add it to ~/.bashrc to keep it"
    ),
    Example(line="specdrift completion zsh > ~/.zfunc/_specdrift"),
    Example(line="specdrift completion fish > ~/.config/fish/completions/specdrift.fish"),
)
@click.argument("shell", type=click.Choice(_SHELLS))
def command(shell: str) -> None:
    """Print the completion script for SHELL."""
    from specdrift.cli.main import COMPLETION, cli
    from specdrift.cli.terminal.ending import NAME

    completion = get_completion_class(shell)
    if completion is None:
        raise click.UsageError(f"click cannot complete for {shell}")
    write_text(completion(cli, {}, NAME, COMPLETION).source().strip() + "\n")
