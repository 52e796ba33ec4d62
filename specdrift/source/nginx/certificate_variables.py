"""Finds the variables that hold something of the client certificate."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from specdrift.source.nginx.variable_values import names
from specdrift.source.nginx.variables import CERTIFICATE, Map
from specdrift.source.nginx.ways.nginx_choices import maker


class CertificateVariables(Struct, frozen=True):
    """Variables that maps and ``set`` fill from the certificate; nginx's own begin with ``ssl_client_``."""

    filled: frozenset[str] = frozenset()
    chosen: frozenset[str] = frozenset()
    """Variables that they fill from what clients send as they like."""

    @classmethod
    def of(cls, maps: Mapping[str, Map], setters: Mapping[str, str]) -> "CertificateVariables":
        """Follow each variable to those that are made of it."""
        made_of: dict[str, list[str]] = {}
        for name, source in _sources(maps, setters):
            made_of.setdefault(source, []).append(name)
        of_certificate = (name for name in made_of if name.startswith(CERTIFICATE))
        of_client = (name for name in made_of if maker(name) is not None)
        return cls(_filled(made_of, of_certificate), _filled(made_of, of_client))

    def in_text(self, template: str) -> bool:
        """Return whether a text takes something from the certificate."""
        return any(name.startswith(CERTIFICATE) or name in self.filled for name in names(template))

    def in_doubt(self, template: str) -> bool:
        """Return whether clients may make a text resemble that of a certificate: it has a part of their choice too."""
        own = any(name in self.chosen or maker(name) is not None for name in names(template))
        return own and self.in_text(template)


def _filled(made_of: Mapping[str, Iterable[str]], sources: Iterable[str]) -> frozenset[str]:
    filled, waiting = set[str](), list(sources)
    while waiting:
        for name in made_of.get(waiting.pop(), ()):
            if name not in filled:
                filled.add(name)
                waiting.append(name)
    return frozenset(filled)


def _sources(maps: Mapping[str, Map], setters: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each variable with a variable that its value is made of."""
    for name, found in maps.items():
        for text in (found.source, *(entry.first for entry in found.directive.block)):
            yield from ((name, source) for source in names(text))
    for name, text in setters.items():
        yield from ((name, source) for source in names(text))
