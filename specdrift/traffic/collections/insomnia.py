"""Exports of Insomnia, formats 4 and 5. Headers, bodies, scripts and authentication are not read."""

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field

from specdrift.loader.parse.node import DocumentNode
from specdrift.traffic.collections.structured import DEEPEST, items, root_of, text_of
from specdrift.traffic.collections.variables import HIDDEN_TYPE, CollectionVariables, flat, named
from specdrift.traffic.traffic_format import ImportedEndpoint, TrafficFile, TrafficFormat, UnreadableLine

EXPORT = re.compile(
    r"""["']?__export_format["']?[ \t]*:"""
    r"""|^[ \t{]*["']?type["']?[ \t]*:[ \t]*["']?(?:collection|spec)\.insomnia\.rest/5""",
    re.MULTILINE,
)
REQUESTS = frozenset({"request", "grpc_request", "websocket_request"})
"""Types of resources that are sent, in format 4."""
ENVIRONMENT, FOLDER = "environment", "request_group"


class Insomnia(Struct, frozen=True):
    """The requests of all folders, with the values of every environment and of the folders around them."""

    name: str = "Insomnia export"

    def recognises(self, file: TrafficFile) -> bool:
        """Return whether the text has the member that each export has."""
        return EXPORT.search(file.text) is not None

    def read(self, file: TrafficFile) -> Iterator[ImportedEndpoint | UnreadableLine]:
        """Yield the requests."""
        root = root_of(file)
        resources = _Resources(items(root.get("resources")))
        for request in resources.of(REQUESTS):
            yield from _endpoints(request, resources.variables(request))
        environments = CollectionVariables(tuple(_of_environments(root.get("environments"))))
        for request, variables in _requests(root.get("collection"), environments):
            yield from _endpoints(request, variables)


def _requests(
    collection: DocumentNode, variables: CollectionVariables
) -> Iterator[tuple[DocumentNode, CollectionVariables]]:
    """Yield the requests of format 5, whose folders have children and values of their own."""
    folders = [(collection, 0, variables)]
    while folders:
        current, depth, around = folders.pop()
        for one in items(current):
            if "children" in one.value and depth < DEEPEST:
                folders.append((one.get("children"), depth + 1, around.below(_values(one, ENVIRONMENT))))
            elif "url" in one.value:
                yield one, around


def _endpoints(
    request: DocumentNode, variables: CollectionVariables
) -> Iterator[ImportedEndpoint | UnreadableLine]:
    line = request.get("url").here.line
    url, method = text_of(request.get("url")), text_of(request.get("method"))
    if not url:
        yield UnreadableLine(line=line)
        return
    if called := text_of(request.get("protoMethodName")):
        url, method = f"{url.rstrip('/')}/{called.lstrip('/')}", "POST"
    parameters = named(request.get("pathParameters").value, name="name")
    yield from variables.endpoints(method, url, line, parameters=parameters)


class _Resources(Struct):
    """The list of format 4, whose members name their parents."""

    members: Sequence[DocumentNode]
    by_id: dict[str, DocumentNode] = field(default_factory=dict)
    _known: dict[str, CollectionVariables] = field(default_factory=dict)
    _chosen: dict[str, CollectionVariables] = field(default_factory=dict)
    """Environments by workspace."""

    def __post_init__(self) -> None:
        self.by_id = {text_of(one.get("_id")): one for one in self.members}

    def of(self, types: frozenset[str]) -> list[DocumentNode]:
        """Return the resources of these types."""
        return [one for one in self.members if one.value.get("_type") in types]

    def variables(self, request: DocumentNode) -> CollectionVariables:
        """Return the values of the request's folders, over the environments of its workspace."""
        parent = text_of(request.get("parentId"))
        if parent not in self._known:
            self._known[parent] = self._below(request)
        return self._known[parent]

    def _below(self, request: DocumentNode) -> CollectionVariables:
        parents = self._parents(request)
        workspace = _workspace(request, parents)
        if workspace not in self._chosen:
            self._chosen[workspace] = CollectionVariables(tuple(self._environments(workspace)))
        variables = self._chosen[workspace]
        for folder in reversed(parents):
            variables = variables.below(_values(folder, ENVIRONMENT) if _is(folder, FOLDER) else {})
        return variables

    def _environments(self, workspace: str) -> Iterator[Mapping[str, str]]:
        """Yield the values of each environment, over those of the one that it belongs to."""
        for one in self.of(frozenset({ENVIRONMENT})):
            parents = self._parents(one)
            other = _workspace(one, parents)
            if other != workspace and {other, workspace} <= self.by_id.keys():
                continue
            chain = (_values(each, "data") for each in (*reversed(parents), one) if _is(each, ENVIRONMENT))
            yield {name: value for values in chain for name, value in values.items()}

    def _parents(self, one: DocumentNode) -> list[DocumentNode]:
        """Return what a resource is in, innermost first."""
        found: list[DocumentNode] = []
        while (parent := self.by_id.get(text_of(one.get("parentId")))) and len(found) < DEEPEST:
            found.append(parent)
            one = parent
        return found


def _is(resource: DocumentNode, kind: str) -> bool:
    return bool(resource.value.get("_type") == kind)


def _workspace(one: DocumentNode, parents: Sequence[DocumentNode]) -> str:
    """Return the id of the outermost parent, which need not be in the export; empty if none is named."""
    outermost = parents[-1] if parents else one
    return text_of(outermost.get("parentId")) or (text_of(outermost.get("_id")) if parents else "")


def _of_environments(environments: DocumentNode) -> Iterator[Mapping[str, str]]:
    """Yield the values of format 5: the base environment, then those below it over its values."""
    if isinstance(environments.value, dict):
        base = _values(environments, "data")
        yield base
        for one in items(environments.get("subEnvironments")):
            yield {**base, **_values(one, "data")}


def _values(owner: DocumentNode, member: str) -> dict[str, str]:
    """Return the values of an environment or folder, without what it declares secret: pairs of this type, or all."""
    if owner.value.get("isPrivate") or owner.get("meta").get("isPrivate").value:
        return {}
    pairs = items(owner.get("kvPairData"))
    secret = {one.value.get("name") for one in pairs if one.value.get("type") == HIDDEN_TYPE}
    return {name: value for name, value in flat(owner.value.get(member)) if name not in secret}


FORMAT: TrafficFormat = Insomnia()
