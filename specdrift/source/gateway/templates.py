"""Files that are templates: what stands in them is not what a program reads."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import GatewayEntry, Passage
from specdrift.model.result.source import UnresolvedExpression, UnresolvedKind
from specdrift.source.gateway.client_choices import ClientChoice
from specdrift.source.gateway.exchange import Decision, GatewayConfiguration, GatewayRequest
from specdrift.source.gateway.rewritten_paths import RewrittenPath

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


@dataclass(frozen=True, slots=True)
class TemplateMark(UnresolvedExpression):
    """A place that a program fills in before the gateway reads the file."""

    @classmethod
    def at(cls, place: SourceLocation) -> "TemplateMark":
        """Return the mark at a place."""
        return cls(place, REASON, UnresolvedKind.SERVED)

    @property
    def plain(self) -> UnresolvedExpression:
        """The same, as the result has it."""
        return UnresolvedExpression(self.location, self.what, self.kind)


@dataclass(frozen=True, slots=True, eq=False)
class UnfilledTemplate:
    """A template of a configuration. It is not judged: the values that replace its marks may change any part."""

    inner: GatewayConfiguration
    mark: TemplateMark

    @property
    def entries(self) -> tuple[GatewayEntry, ...]:
        return self.inner.entries

    @property
    def unresolved(self) -> tuple[UnresolvedExpression, ...]:
        every = (one.plain if isinstance(one, TemplateMark) else one for one in self.inner.unresolved)
        return tuple(dict.fromkeys(every))

    @property
    def files(self) -> int:
        return self.inner.files

    def decide(self, request: GatewayRequest) -> Decision:
        """Return that nothing is known of a request."""
        del request
        return Decision(passage=Passage.UNKNOWN, at=self.mark.location, reason=REASON)

    def choices(self, entry: GatewayEntry) -> tuple[ClientChoice, ...]:
        """Return nothing: no choice of a client is known to matter."""
        del entry
        return ()

    def rewritten(self, entry: GatewayEntry) -> tuple[RewrittenPath, ...]:
        """Return nothing: no path is known to be rewritten."""
        del entry
        return ()

    def certificate_headers(self) -> frozenset[str]:
        """Return nothing: no header is known to be filled."""
        return frozenset()


def filled_in(configuration: GatewayConfiguration) -> GatewayConfiguration:
    """Return the configuration of a file; a template is returned as one that is not judged."""
    mark = next((one for one in configuration.unresolved if isinstance(one, TemplateMark)), None)
    return configuration if mark is None else UnfilledTemplate(configuration, mark)
