"""Options with a heading in ``--help``."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

from specdrift.config.keys.config_key import Section

F = TypeVar("F", bound=Callable[..., Any])
HelpRow = tuple[str, str]
_WITHOUT_HEADINGS = 10
"""Help with at most this many options has one heading."""


class SectionOption(click.Option):
    def __init__(self, *args: Any, section: Section = Section.OTHER, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.section = section


def option(*names: str, section: Section, **kwargs: Any) -> Callable[[F], F]:  # noqa: ANN401 - click's
    """Like ``click.option``, with a heading."""
    return click.option(*names, cls=SectionOption, section=section, **kwargs)


def help_sections(params: Iterable[click.Parameter], ctx: click.Context) -> dict[str, list[HelpRow]]:
    """Group the rows of help by heading; one row alone needs no heading of its own."""
    options = [param for param in params if isinstance(param, click.Option)]
    rows = [(_section(each), row) for each in options if (row := each.get_help_record(ctx))]
    if len(rows) <= _WITHOUT_HEADINGS:
        return {Section.OTHER.value: [row for _, row in rows]}
    found: dict[str, list[HelpRow]] = {section.value: [] for section in Section}
    for section, row in rows:
        found[section.value].append(row)
    alone = {heading for heading, listed in found.items() if len(listed) == 1} - {Section.OTHER.value}
    found[Section.OTHER.value][:0] = [found[heading][0] for heading in found if heading in alone]
    return {heading: listed for heading, listed in found.items() if listed and heading not in alone}


def _section(each: click.Option) -> Section:
    return each.section if isinstance(each, SectionOption) else Section.OTHER
