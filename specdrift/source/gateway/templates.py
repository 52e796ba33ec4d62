"""Files that are templates: what stands in them is not what a program reads."""

import re
from collections.abc import Iterator

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.source import UnresolvedExpression, UnresolvedKind
from specdrift.source.gateway.exchange import GatewayConfiguration
from specdrift.source.gateway.unjudged_gateway import UnjudgedGateway

REASON = "a template that is not filled in"
_COMMENT = re.compile(r"(?m)(?:^|(?<=\s))#(?!\}).*$")
_MARK = re.compile(
    r"\{%[-+]?\s*\w[^\n]*?%\}"  # Jinja, Twig, Liquid
    r"|\{#[^\n]*?#\}"
    r"|\{\{[-~]?\s*[\w.$\"'`(/#^>!&@|][^\n{]*?\}\}"  # Jinja, Go, Handlebars, Mustache, consul-template
    r"|<%[-=#]?\s[^\n]*?%>"  # ERB, EPP
)
"""Syntax of templates that configurations of gateways do not have."""


def template_lines(content: str) -> Iterator[int]:
    """Yield the number of each line with a mark of a template, counted from 1. Comments have none."""
    text = _COMMENT.sub("", content)
    for found in _MARK.finditer(text):
        yield text.count("\n", 0, found.start()) + 1


class TemplateMark(UnresolvedExpression, frozen=True):
    """A place that a program fills in before the gateway reads the file."""

    @classmethod
    def at(cls, place: SourceLocation) -> "TemplateMark":
        """Return the mark at a place."""
        return cls(place, REASON, UnresolvedKind.SERVED)

    @property
    def plain(self) -> UnresolvedExpression:
        """The same, as the result has it."""
        return UnresolvedExpression(self.location, self.what, self.kind)


def filled_in(configuration: GatewayConfiguration) -> GatewayConfiguration:
    """Return the configuration of a file. A template is not judged: what replaces its marks may change any part."""
    mark = next((one for one in configuration.unresolved if isinstance(one, TemplateMark)), None)
    if mark is None:
        return configuration
    every = (one.plain if isinstance(one, TemplateMark) else one for one in configuration.unresolved)
    return UnjudgedGateway(
        at=mark.location,
        reason=REASON,
        unresolved=tuple(dict.fromkeys(every)),
        entries=configuration.entries,
        files=configuration.files,
    )
