"""Holds an answer against the Responses Object of its operation."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema.exceptions import SchemaError, UnknownType, ValidationError
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.deserializing.exceptions import DeserializeError
from openapi_core.exceptions import OpenAPIError
from openapi_core.templating.media_types.exceptions import MediaTypeNotFound
from openapi_core.templating.responses.exceptions import ResponseNotFound
from openapi_core.validation.response.exceptions import MissingData
from openapi_core.validation.schemas.exceptions import InvalidSchemaValue
from referencing.exceptions import Unresolvable

from specdrift.loader.matching.media_types import essence, is_json
from specdrift.loader.matching.providers import ProviderFactory
from specdrift.loader.references.excerpt import UNUSABLE

_MOST_ERRORS = 5
_URL = "https://example.com"

_UNUSABLE = (*UNUSABLE, SchemaError, UnknownType, Unresolvable)


class _Request:
    """As openapi-core's ``BuiltRequest`` protocol: a call of the only operation."""

    def __init__(self) -> None:
        self.host_url = _URL
        self.path = "/"
        self.method = "get"
        self.parameters = RequestParameters()
        self.content_type = ""
        self.body = None


class _Response:
    """As openapi-core's ``Response`` protocol."""

    def __init__(self, status: int, content_type: str, body: bytes) -> None:
        self.status_code = status
        self.content_type = content_type.lower()
        self.headers: dict[str, Any] = {}
        self.data = body


class ResponseChecker:
    """Checks answers of one operation. ``document`` is as :meth:`ResponseExcerpts.excerpt` makes it.

    Schemas describe JSON: the body of another media type is not held against one.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self._responses = document["paths"]["/"]["get"]["responses"]
        # The excerpt was made here, so that validating it would be of no use, and slow.
        config = Config(
            spec_validator_cls=None,  # type: ignore[arg-type] # its type leaves out None
            security_provider_factory=ProviderFactory(),
            # openapi-core reads application/json alone, not application/hal+json, nor JSON declared as */*.
            extra_media_type_deserializers=dict.fromkeys(self._media_types(), _read),
        )
        self._openapi = OpenAPI.from_dict(document, config=config)

    def _media_types(self) -> Iterator[str]:
        for response in self._responses.values():
            for name in _mapping(_mapping(response).get("content")):
                yield essence(name)

    def errors(self, status: int, content_type: str, body: bytes) -> tuple[str, ...]:
        """A sentence for each way in which the answer is not as described; an empty body is not looked at."""
        if not self._responses:
            return ()
        response = _Response(status, content_type, body)
        try:
            found = [
                sentence
                for error in self._openapi.iter_response_errors(_Request(), response)
                for sentence in self._sentences(error, status, is_json=is_json(content_type))
            ]
        except _UNUSABLE:
            return ()
        return tuple(dict.fromkeys(found))[:_MOST_ERRORS]

    def _sentences(self, error: BaseException, status: int, *, is_json: bool) -> Iterator[str]:
        cause = error.__cause__ if isinstance(error, OpenAPIError) and error.__cause__ else error
        if isinstance(error, ResponseNotFound):
            yield f"status {status} is not documented (documented: {', '.join(self._responses)})"
        elif isinstance(error, MissingData):
            return
        elif isinstance(cause, MediaTypeNotFound):
            if any(essence(each) == essence(cause.mimetype) for each in cause.availableMimetypes):
                return  # the document has it with a parameter, such as charset
            known = ", ".join(cause.availableMimetypes)
            yield f"content type {cause.mimetype or 'none'} is not documented (documented: {known})"
        elif not is_json:
            return
        elif isinstance(cause, DeserializeError):
            yield "the body is not JSON"
        elif isinstance(cause, InvalidSchemaValue):
            for violation in list(cause.schema_errors)[:_MOST_ERRORS]:
                if isinstance(violation, ValidationError):
                    yield _violation(violation)
        else:
            yield f"the body cannot be read as documented: {_first_line(cause)}"


def _read(body: bytes, **_: str) -> object:
    """Read a body as JSON. Schemas are applied to nothing else, so that it does not matter what the rest becomes."""
    try:
        return json.loads(body)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _violation(error: ValidationError) -> str:
    where = "/".join(str(part) for part in error.absolute_path)
    return f"the body{f' at /{where}' if where else ''} is not as documented: {_first_line(error.message)}"


def _first_line(text: object) -> str:
    line = (str(text).splitlines() or [""])[0]
    return line if len(line) <= 160 else f"{line[:160]}…"
