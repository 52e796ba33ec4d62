"""Writes a result as JSON and reads it back, without loss. Every report, `compare` and `merge` start from it.

One line holds one identity, operation, drift or probe, so that line tools can search and compare results. The text is
ASCII: nothing that a server sent can reorder or repaint a terminal.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from specdrift.errors import UsageError
from specdrift.result.printable import json_without_commands

if TYPE_CHECKING:
    from specdrift.model.result.result import Result
PORTION = 64
"""Pieces that are searched for commands at once."""
_NO_RESULT: Mapping[frozenset[str], str] = {
    frozenset({"fleet", "services"}): "a fleet's overview, not the result of a run: "
    "give the result of one of its services, services/NAME.json beside it",
    frozenset({"specdrift_recording"}): "a recording, not the result of a run: "
    "`specdrift report --rejudge FILE` judges it again",
}
"""Other JSON files of specdrift, recognized by members that no result has."""


def serialize(result: "Result") -> bytes:
    """Write the result in the published schema."""
    return b"".join(portions(result))


def portions(result: "Result", kept: Callable[[str], str] | None = None) -> Iterator[bytes]:
    """Yield what ``serialize`` writes: the text takes several times the memory of the result.

    ``kept`` returns what stands for a text that many exchanges have.
    """
    from specdrift.result.schema.repeated import forget

    try:
        pieces = _pieces(result, kept)
        # In portions: no command goes from one piece to the next, and each search takes a while to begin.
        while portion := "".join(islice(pieces, PORTION)):
            yield json_without_commands(portion).encode("ascii")
    finally:
        forget()


def _pieces(result: "Result", kept: Callable[[str], str] | None) -> Iterator[str]:
    """Yield the text in pieces, so that memory never holds all probes as objects, JSON and text at once."""
    from specdrift.result.schema.codec import encode
    from specdrift.result.schema.operations import OPERATION
    from specdrift.result.schema.probes import PROBE
    from specdrift.result.schema.result import MEMBERS
    from specdrift.result.schema.writing import writer

    many = {"operations": OPERATION.write, "probes": writer(PROBE.pieces, kept)}
    before = "{\n "
    for part in MEMBERS:
        value = part.get(result)
        yield f"{before}{json.dumps(part.name)}: "
        if part.name in many and value:
            yield from _lines(map(many[part.name], value))
        elif isinstance(dumped := part.codec.dump(value), list) and dumped:
            yield from _lines(map(encode, dumped))
        else:
            yield encode(dumped)
        before = ",\n "
    yield "\n}\n"


def _lines(items: Iterable[str]) -> Iterator[str]:
    before = "[\n  "
    for item in items:
        yield before + item
        before = ",\n  "
    yield "\n ]"


def deserialize(data: bytes) -> "Result":
    """Read back what ``serialize`` wrote.

    Raises ``UsageError`` for other files, damaged ones, and those of another schema version.
    """
    try:
        raw = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"this is no specdrift result: it is not JSON ({error})") from error
    return load(raw)


def load(raw: object) -> "Result":
    """Read back the JSON value of a result. Raises ``UsageError`` as ``deserialize`` does."""
    from specdrift.result.schema.codec import Misfit
    from specdrift.result.schema.repeated import forget
    from specdrift.result.schema.result import RESULT

    _check_kind(raw)
    _check_version(raw)
    try:
        result = RESULT.load(raw)
    except Misfit as error:
        raise UsageError(f"this specdrift result is damaged: {error}") from error
    finally:
        forget()
    _check_counted(raw, result)
    return result


def _check_counted(raw: Any, result: "Result") -> None:  # noqa: ANN401
    """Raise ``UsageError`` where a number that was counted from other members is not theirs: something is missing."""
    from specdrift.result.schema.result import DRIFT_COUNTS

    whole: Any = result
    written = (raw["spec"]["operations"], raw["counts"]["drifts"])
    if written != (len(result.operations), DRIFT_COUNTS.dump(whole)):
        raise UsageError(
            "this specdrift result is damaged: spec.operations or counts.drifts is not what operations and drifts have"
        )


def _check_kind(raw: object) -> None:
    for members, what in _NO_RESULT.items():
        if isinstance(raw, dict) and members <= raw.keys():
            raise UsageError(f"this is {what}")


def _check_version(raw: Any) -> None:  # noqa: ANN401
    from specdrift.model.result.result import SCHEMA_VERSION

    written = raw.get("schema_version") if isinstance(raw, dict) else None
    if not isinstance(written, str):
        raise UsageError("this is no specdrift result: it has no schema_version")
    if _numbers(written)[0] < _numbers(SCHEMA_VERSION)[0]:
        raise UsageError(
            f"this result has schema version {written}, and this specdrift reads {SCHEMA_VERSION}: "
            "run it again, or read it with the version that wrote it"
        )
    if _numbers(written) > _numbers(SCHEMA_VERSION):
        raise UsageError(
            f"this result has schema version {written}, and this specdrift reads {SCHEMA_VERSION}: "
            "read it with the version that wrote it, or a newer one"
        )


def _numbers(version: str) -> tuple[int, ...]:
    parts = version.split(".")
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise UsageError(f"this is no specdrift result: {version[:40]!r} is no schema version")
    return tuple(int(part[:9]) for part in parts)


def result_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a result."""
    from specdrift.result.schema.result import SCHEMA

    return SCHEMA
