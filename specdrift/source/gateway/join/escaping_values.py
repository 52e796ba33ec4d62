"""Values of path parameters that are another path once a gateway has decoded them: ``..%2F..%2Fhealth``.

A gateway that compares decoded paths takes the request for one to that path, and a service that takes the path as it
was sent finds one value in it.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from urllib.parse import quote, unquote

from specdrift.model.contract.inputs import Input, Place
from specdrift.model.contract.operation import Operation
from specdrift.model.contract.templates import EXPRESSION
from specdrift.source.gateway.join.allowed_values import is_text_allowed

ANY_PATH = "/x"
"""A path that need not be in a configuration: one that is open but for its guarded locations has it as well."""
MOST_PATHS = 100
"""Paths of a configuration that are tried."""
LONGEST = 100


def escaping_targets(operation: Operation, target: str, base: str, texts: Iterable[str]) -> Iterator[str]:
    """Yield the targets of an operation whose last parameter leads to a path of the configuration, or to any other.

    Reports have the first that passes: texts that are long or have many segments may be names of files.

    ``target`` is the usual one, ``base`` what stands before the documented path.
    """
    path, question, query = target.partition("?")
    written, usual = f"{base}{operation.key.path}".split("/"), path.split("/")
    whole = [number for number, one in enumerate(written) if EXPRESSION.fullmatch(one)]
    if not whole or len(written) != len(usual):
        return
    last = whole[-1]
    declared = _declared(operation, written[last][1:-1])
    rest = "".join(f"/{one}" for one in usual[last + 1 :])
    paths = sorted({one for one in texts if _is_path(one)}, key=_intricacy)
    for text in islice(dict.fromkeys((ANY_PATH, *paths)), MOST_PATHS):
        value = "../" * (last - 1) + text.removeprefix("/").removesuffix(unquote(rest))
        if is_text_allowed(declared, value):
            yield f"{'/'.join(usual[:last])}/{quote(value, safe='')}{rest}{question}{query}"


def _declared(operation: Operation, name: str) -> Input | None:
    return next((one for one in operation.inputs if one.place is Place.PATH and one.name == name), None)


def _intricacy(path: str) -> tuple[int, int, str]:
    return path.count("/"), len(path), path


def _is_path(text: str) -> bool:
    return text.startswith("/") and 1 < len(text) <= LONGEST and text.isprintable() and "?" not in text
