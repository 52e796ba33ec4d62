"""The configuration reference in Markdown, made from the table of keys. Pure."""

from collections.abc import Iterator, Mapping

from specdrift.config.describe.show import raw, toml
from specdrift.config.keys.catalogue import GROUPS
from specdrift.config.keys.table import Group, Key, Shape
from specdrift.settings import Settings

_OPENING = """\
# Configuration reference

`specdrift.toml`, or `[tool.specdrift]` in `pyproject.toml`, here or in a folder above; `--config FILE` names another.
An option wins over its variable, that over the file, the file over the default; `specdrift config show` prints every
key with its value and where it came from, `specdrift config check` what is wrong. Paths are relative to the file. Where
a value holds a secret, `"${VARIABLE}"` takes it from the environment. `specdrift schema config` prints the JSON Schema
for editors.

Written by `./dev docs` from the code.
"""
_HEADINGS = {
    Shape.SINGLE: "`[{name}]`",
    Shape.LIST: "`[[{name}]]`, one for each",
    Shape.NAMED: "`[{name}.NAME]`",
    Shape.FREE: "`[{name}]`",
}


Names = Mapping[str, Mapping[str, str]]
"""By table: the names that its keys may have, and a sentence about each."""


def reference(names: Names) -> str:
    """The whole page. ``names`` are those that other parts of the program define."""
    return "\n".join(
        (_OPENING, *(line for group in GROUPS for line in _section(group, names.get(group.name, {}))))
    )


def _section(group: Group, names: Mapping[str, str]) -> Iterator[str]:
    yield f"## {_HEADINGS[group.shape].format(name=group.name) if group.name else 'Top of the file'}"
    yield f"\n{group.about}.\n"
    if group.values is not None:
        yield f"The name of one of these, with {_cell(group.values.what)}.\n"
        yield "| name | what it is |"
        yield "| --- | --- |"
        yield from (f"| `{name}` | {_cell(about)} |" for name, about in names.items())
        yield ""
    if group.keys:
        yield "| key | what it is | value | default | option | variable |"
        yield "| --- | --- | --- | --- | --- | --- |"
        yield from (_row(group, key) for key in group.keys)
        yield ""


def _row(group: Group, key: Key) -> str:
    needed = "**required**" if key.required else _default(group, key)
    option = f"`{key.option}`" if key.option else ""
    # What stands in lists and under names of the user's choice has no variable of its own.
    variable = f"`{group.variable(key)}`" if group.shape is Shape.SINGLE or key.option or key.variable else ""
    cells = (f"`{key.name}`", key.help, key.kind.what, needed, option, variable)
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _default(group: Group, key: Key) -> str:
    if group.shape is not Shape.SINGLE:
        return ""
    settings = Settings()
    value = raw(key, getattr(settings, group.name.replace("-", "_")) if group.name else settings)
    return "" if value in (None, "", [], {}) else f"`{toml(value)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
