"""Validates the whole document with openapi-spec-validator; all findings are warnings.

Runs on request only: it takes many times as long as loading, and most findings do not concern security.
"""

from collections.abc import Callable, Iterator
from typing import Any

from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.references.excerpt import UNUSABLE
from specdrift.loader.references.reference_resolver import ReferenceResolver
from specdrift.loader.sources import Refused
from specdrift.model.contract.contract import Diagnostic
from specdrift.model.result.drift import Severity

_MOST = 50
_LONGEST = 200


def validate_document(root: DocumentNode, references: ReferenceResolver) -> tuple[Diagnostic, ...]:
    """Return a warning for each invalid place of the document, at most fifty."""
    return tuple(_findings(root, references))


def _findings(root: DocumentNode, references: ReferenceResolver) -> Iterator[Diagnostic]:
    from jsonschema.exceptions import ValidationError
    from referencing.exceptions import Unresolvable

    try:
        for number, error in enumerate(_errors(root, references)):
            if number >= _MOST:
                yield _finding(f"more than {_MOST} invalid members.", root, ())
                return
            path = error.absolute_path if isinstance(error, ValidationError) else ()
            yield _finding(f"{_short(error)}.", root, tuple(str(token) for token in path))
    except (*UNUSABLE, Refused, Unresolvable) as error:
        yield _finding(f"the validator failed: {type(error).__name__}: {_short(error)}.", root, ())


def _errors(root: DocumentNode, references: ReferenceResolver) -> Iterator[Exception]:
    from jsonschema_path import SchemaPath
    from openapi_spec_validator.shortcuts import get_validator_cls

    document = root.document
    path = SchemaPath.from_dict(root.value, base_uri=document.base, handlers=_Handlers(root, references))
    validator = get_validator_cls(root.value)
    yield from validator(path).iter_errors()


class _Handlers(dict[str, Callable[[str], Any]]):
    """Handles every URI scheme; documents are read within the same limits as all references."""

    def __init__(self, root: DocumentNode, references: ReferenceResolver) -> None:
        super().__init__()
        self._root = root
        self._references = references

    def __contains__(self, scheme: object) -> bool:
        return True

    def __getitem__(self, scheme: str) -> Callable[[str], Any]:
        return self._read

    def _read(self, uri: str) -> Any:  # noqa: ANN401 # any value of JSON's types
        return self._references.document(uri, self._root.document).tree.root


def _finding(message: str, root: DocumentNode, tokens: tuple[str, ...]) -> Diagnostic:
    return Diagnostic(
        rule="invalid-document",
        message=message,
        location=root.document.location(tokens),
        severity=Severity.WARNING,
    )


def _short(error: Exception) -> str:
    lines = str(
        getattr(error, "message", error)
    ).splitlines()  # what follows the first is a dump of the schema
    text = lines[0] if lines else type(error).__name__
    return (text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…").removesuffix(".")
