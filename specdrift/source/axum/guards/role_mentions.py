"""Finds role names in the code around a route."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from specdrift.source.axum.guards.access_profiles import EXTRACTING, AccessProfiles
from specdrift.source.axum.path_attributes import parameter_types
from specdrift.source.axum.syntax.values import AxumEndpoint, RouterLayer
from specdrift.source.rust.syntax import path_of, text


@dataclass(frozen=True, slots=True, eq=False)
class RoleMentions:
    """Searches code for role names."""

    names: Collection[str]
    """Roles in the document."""
    profiles: AccessProfiles

    def mentioned_by(self, endpoint: AxumEndpoint) -> tuple[str, ...]:
        """Return the roles that occur unconditionally in a layer, an extractor or the handler."""
        if not self.names:
            return ()
        certain = (layer for layer in endpoint.layers if not layer.conditional)
        source_text = "\n".join((*map(self._of_layer, certain), *self._of_handler(endpoint))).lower()
        return tuple(name for name in sorted(self.names) if name.lower() in source_text)

    def _of_layer(self, layer: RouterLayer) -> str:
        code = layer.function.code if layer.function else None
        return "\n".join((layer.name, *layer.arguments, text(code)))

    def _of_handler(self, endpoint: AxumEndpoint) -> Iterator[str]:
        handler = endpoint.handler
        yield text(handler.code)
        for kind in parameter_types(handler):
            name = (path_of(kind) or ("",))[-1]
            for item in self.profiles.methods_of(name, EXTRACTING, handler.written_in):
                yield text(item.node)
