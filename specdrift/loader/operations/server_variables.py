"""Server variables without a value (Server Variable Object)."""

import re
from collections.abc import Iterator, Mapping

from specdrift.loader.dialects import Dialect, Feature
from specdrift.loader.document_findings import DocumentFindings
from specdrift.loader.parse.node import DocumentNode

_VARIABLE = re.compile(r"\{([^{}]+)\}")


def variables_of(holder: DocumentNode) -> Iterator[str]:
    """Yield the names of the variables in the URLs of a holder's servers."""
    listed = holder.get("servers")
    for index in range(len(listed.value) if isinstance(listed.value, list) else 0):
        url = listed.item(index).get("url").value
        yield from _VARIABLE.findall(url) if isinstance(url, str) else ()


def report_undefined_variables(
    holder: DocumentNode, dialect: Dialect, variables: Mapping[str, str], findings: DocumentFindings
) -> None:
    """Report each variable of a server URL that has neither a default nor a configured value."""
    listed = holder.get("servers")
    if Feature.SERVER_VARIABLES not in dialect.features or not isinstance(listed.value, list):
        return
    for index in range(len(listed.value)):
        server = listed.item(index)
        url, declared = server.get("url").value, server.get("variables")
        for name in dict.fromkeys(_VARIABLE.findall(url)) if isinstance(url, str) else ():
            if name not in variables and declared.get(name).get("default").value is None:
                what = "has no default" if declared.get(name).value is not None else "is not defined"
                findings.add(
                    "undefined-server-variable",
                    f'server variable "{name}" {what}: {url} is not a usable URL. Define it with a default, or '
                    f"set it: [server] variables = {{ {name} = ... }}.",
                    server.key("url"),
                )
