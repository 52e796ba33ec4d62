"""Exports of Insomnia, formats 4 and 5. Headers, bodies, scripts and authentication are not read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from specdrift.loader.parse.node import DocumentNode
from specdrift.traffic.collections.structured import DEEPEST, items, root_of, text_of
from specdrift.traffic.collections.variables import HIDDEN_TYPE, CollectionVariables, flat, named
from specdrift.traffic.traffic_format import ImportedEndpoint, TrafficFile, TrafficFormat, UnreadableLine

EXPORT = re.compile(
    r"""["']?__export_format["']?[ \t]*:"""
    r"""|^[ \t{]*["']?type["']?[ \t]*:[ \t]*["']?(?:collection|spec)\.insomnia\.rest/5""",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Insomnia:
    """The requests of all folders, with the values of the first environment that has one."""

    name: str = "Insomnia export"

    def recognises(self, file: TrafficFile) -> bool:
        """Return whether the text has the member that each export has."""
        return EXPORT.search(file.text) is not None

    def read(self, file: TrafficFile) -> Iterator[ImportedEndpoint | UnreadableLine]:
        """Yield the requests."""
        root = root_of(file)
        resources = items(root.get("resources"))
        variables = CollectionVariables(
            dict(reversed([*_of_resources(resources), *_of_environments(root.get("environments"))]))
        )
        requests = [one for one in resources if one.value.get("_type") == "request"]
        for request in (*requests, *_requests(root.get("collection"))):
            yield _endpoint(request, variables)


def _requests(folder: DocumentNode) -> Iterator[DocumentNode]:
    """Yield the requests of format 5, whose folders have children."""
    folders = [(folder, 0)]
    while folders:
        current, depth = folders.pop()
        for one in items(current):
            if "children" in one.value and depth < DEEPEST:
                folders.append((one.get("children"), depth + 1))
            elif "url" in one.value:
                yield one


def _endpoint(request: DocumentNode, variables: CollectionVariables) -> ImportedEndpoint | UnreadableLine:
    line = request.get("url").here.line
    url, method = text_of(request.get("url")), text_of(request.get("method"))
    if not url:
        return UnreadableLine(line=line)
    return variables.endpoint(
        method, url, line, parameters=named(request.get("pathParameters").value, name="name")
    )


def _of_resources(resources: list[DocumentNode]) -> Iterator[tuple[str, str]]:
    for one in resources:
        if one.value.get("_type") == "environment":
            yield from _of_environment(one)


def _of_environments(environments: DocumentNode) -> Iterator[tuple[str, str]]:
    """Yield the values of format 5: the base environment, then those below it."""
    if isinstance(environments.value, dict):
        yield from _of_environment(environments)
        for one in items(environments.get("subEnvironments")):
            yield from _of_environment(one)


def _of_environment(environment: DocumentNode) -> Iterator[tuple[str, str]]:
    """Yield the values of an environment, without what it declares secret: pairs of this type, or all if private."""
    if environment.value.get("isPrivate") or environment.get("meta").get("isPrivate").value:
        return
    pairs = items(environment.get("kvPairData"))
    secret = {one.value.get("name") for one in pairs if one.value.get("type") == HIDDEN_TYPE}
    for name, value in flat(environment.value.get("data")):
        if name not in secret:
            yield name, value


FORMAT: TrafficFormat = Insomnia()
