"""Finds the templates and runs them in a sandbox. Values are escaped, and made printable, on their way into a page.

The sandbox keeps a template of ``--templates`` from running code and from reading other files than those of its folder.
It cannot keep it from the page: its scripts run in the browser that opens the report.
"""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
)
from jinja2 import TemplateError as JinjaError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from specdrift.contained import leaves_by_link
from specdrift.errors import TemplateError
from specdrift.result.printable import printable_block

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

PACKAGED = Path(__file__).parents[2] / "templates"
CHECKOUT = Path(__file__).parents[3] / "templates"
ENTRY = "report.html.j2"


def folder() -> Path:
    """Our own templates: those in the package, or the checkout's, beside it (an editable install)."""
    for candidate in (PACKAGED, CHECKOUT):
        if (candidate / ENTRY).is_file():
            return candidate
    raise TemplateError(f"the templates of the HTML report are missing: no {ENTRY} in {PACKAGED}")


@lru_cache(maxsize=4)
def environment(own: Path | None = None) -> Environment:
    """A Jinja environment; it compiles a template once. Files of ``own`` take the place of ours with the same name."""
    folders = [_FolderLoader(path) for path in (own, folder()) if path]
    made = _Sandbox(
        loader=ChoiceLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    made.filters["breakable"] = _breakable
    return made


class _Sandbox(ImmutableSandboxedEnvironment):
    """Decides once for all values of a type: a page of 12,000 cells reads 70,000 attributes."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - Jinja's own
        super().__init__(**options)
        self._safe: dict[tuple[type, str], bool] = {}

    def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:
        """Return what Jinja says, which depends on the type and the name."""
        known = self._safe.get((type(obj), attr))
        if known is None:
            known = self._safe[type(obj), attr] = super().is_safe_attribute(obj, attr, value)
        return known


def _breakable(path: str) -> Markup:
    """A path that a browser may break before each slash, and not inside a word."""
    return Markup(str(escape(path)).replace("/", "<wbr>/"))  # noqa: S704 - escaped


class _FolderLoader(FileSystemLoader):
    """Loads files of a folder, not those that symbolic links in it name."""

    def get_source(self, environment: Environment, template: str) -> "tuple[str, str, Callable[[], bool]]":
        """Return text, path and a function that tells whether the file is unchanged."""
        found = super().get_source(environment, template)
        if leaves_by_link(Path(self.searchpath[0]), Path(found[1]).absolute()):
            raise TemplateError(
                f"the template {template} leads outside {self.searchpath[0]} by a symbolic link"
            )
        return found


def _shown(value: object) -> object:
    # Exactly str: what templates and we ourselves have marked as safe is a subclass of it.
    return printable_block(value) if type(value) is str else value


def source(templates: Environment, name: str) -> str:
    """The text of a file that is put into the page as it is (style, script)."""
    try:
        assert templates.loader is not None  # noqa: S101
        return templates.loader.get_source(templates, name)[0].strip()
    except TemplateNotFound as error:
        raise TemplateError(f"the template {error.name} is missing") from error


class Once:
    """Runs a macro once for equal values, while one page is made: thousands of rows have equal cells."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, Hashable], Markup] = {}

    def __call__(self, macro: "Callable[[Hashable], Markup]", value: "Hashable") -> Markup:
        found = self._known.get((macro, value))
        if found is None:
            found = self._known[macro, value] = macro(value)
        return found


def render(templates: Environment, name: str, context: "Mapping[str, object]") -> str:
    """Run a template. Raises ``TemplateError`` with its name and line, where it is wrong."""
    try:
        return templates.get_template(name).render(context, once=Once())
    except TemplateSyntaxError as error:
        raise TemplateError(f"template {error.name}, line {error.lineno}: {error.message}") from error
    except TemplateNotFound as error:
        raise TemplateError(f"the template {error.name} is missing") from error
    except SecurityError as error:
        raise TemplateError(f"template {name}: {error.message}; templates cannot run code") from error
    except JinjaError as error:
        raise TemplateError(f"template {name}: {error.message}") from error
