"""Commands that are imported when they are called, and help that shows examples before options."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click

from specdrift.cli.options.sections import sections

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A command as the table of ``specdrift.cli.main`` lists it; ``module`` has it as ``command``."""

    name: str
    help: str
    module: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    line: str
    about: str = ""


class Command(click.Command):
    """A command whose help begins with examples."""

    def __init__(self, name: str, *, examples: tuple[Example, ...] = (), **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(name, context_settings=CONTEXT, **kwargs)
        self.examples = examples

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What the command does, then how it is called."""
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
        """The options, under headings."""
        for title, rows in sections(self.get_params(ctx), ctx).items():
            with formatter.section(title):
                formatter.write_dl(rows)


def command_with(name: str, *examples: Example) -> Callable[[Callable[..., Any]], Command]:
    """Like ``click.command``, with examples."""

    def decorate(function: Callable[..., Any]) -> Command:
        return click.command(name, cls=Command, examples=examples)(function)

    return decorate


class LazyGroup(click.Group):
    """A group that knows its commands' names and help without importing them."""

    def __init__(self, name: str, *, entries: tuple[Entry, ...], **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(name, context_settings=CONTEXT, **kwargs)
        self.entries = {entry.name: entry for entry in entries}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of the table, which is the order of use."""
        del ctx
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command's module when it is called."""
        del ctx
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        found = import_module(entry.module).command
        assert isinstance(found, click.Command)  # noqa: S101 - the table is ours
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of that name; a near miss is answered with the nearest names."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            raise click.exceptions.NoSuchCommand(
                error.command_name, possibilities=self.entries, ctx=ctx
            ) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table of commands."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(entry.name, entry.help) for entry in self.entries.values()])
