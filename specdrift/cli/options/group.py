"""Commands that are imported on demand, and help with examples before options."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import click
from msgspec import Struct

from specdrift.errors import InterruptedStart

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class CommandEntry(Struct, frozen=True, kw_only=True):
    """A row of the command table in ``specdrift.cli.main``."""

    name: str
    help: str
    module: str
    """Module whose ``command`` it is."""


class Example(Struct, frozen=True, kw_only=True):
    line: str
    about: str = ""


class Command(click.Command):
    """A command whose help begins with examples."""

    def __init__(self, name: str, *, examples: tuple[Example, ...] = (), **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(name, context_settings=CONTEXT, **kwargs)
        self.examples = examples

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the description, then the examples."""
        super().format_help_text(ctx, formatter)
        if not self.examples:
            return
        with formatter.section("Examples"):
            for example in self.examples:
                if example.about:
                    formatter.write(f"{'':>{formatter.current_indent}}# {example.about}\n")
                for line in example.line.splitlines():
                    formatter.write(f"{'':>{formatter.current_indent}}{line}\n")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options under headings."""
        from specdrift.cli.options.option import help_sections

        for title, rows in help_sections(self.get_params(ctx), ctx).items():
            with formatter.section(title):
                formatter.write_dl(rows)


def command_with(name: str, *examples: Example) -> Callable[[Callable[..., Any]], Command]:
    """Like ``click.command``, with examples."""

    def decorate(function: Callable[..., Any]) -> Command:
        return click.command(name, cls=Command, examples=examples)(function)

    return decorate


class LazyGroup(click.Group):
    """A group that lists its commands without importing them."""

    def __init__(self, name: str, *, entries: tuple[CommandEntry, ...], **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(name, context_settings=CONTEXT, **kwargs)
        self.entries = {entry.name: entry for entry in entries}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the names in the order of the table."""
        del ctx
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module."""
        del ctx
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        try:
            command = import_module(entry.module).command
        except KeyboardInterrupt:
            raise InterruptedStart from None
        assert isinstance(command, click.Command)  # noqa: S101 - the table is ours
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; an unknown name raises an error with similar names."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            raise click.exceptions.NoSuchCommand(
                error.command_name, possibilities=self.entries, ctx=ctx
            ) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of commands."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(entry.name, entry.help) for entry in self.entries.values()])
