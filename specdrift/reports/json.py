"""JSON: the result itself, whole and lossless. What every other format, `report`, `compare` and `merge` read.

One line holds one identity, operation, drift or probe, so that line tools can search and compare results. All
of it is ASCII: text that a server sent keeps its meaning and cannot reorder or repaint what a terminal shows.
"""

import json
from typing import TYPE_CHECKING, Any

from specdrift.errors import UsageError
from specdrift.reports.base import Format, RenderOptions

if TYPE_CHECKING:
    from specdrift.model.result import Result


def _lines(value: object) -> str:
    if not isinstance(value, list) or not value:
        return json.dumps(value, allow_nan=False)
    return "[\n  " + ",\n  ".join(json.dumps(item, allow_nan=False) for item in value) + "\n ]"


def render(result: "Result", _options: RenderOptions) -> bytes:
    """Write the result as the published schema says."""
    from specdrift.reports.schema.result import RESULT

    members = RESULT.dump(result)
    text = ",\n ".join(f"{json.dumps(key)}: {_lines(value)}" for key, value in members.items())
    return f"{{\n {text}\n}}\n".encode("ascii")


def read(data: bytes) -> "Result":
    """Read back what ``render`` wrote.

    Raises ``UsageError`` where the bytes are no result, are damaged, or were written by a newer version.
    """
    from specdrift.reports.schema.codec import Misfit
    from specdrift.reports.schema.result import RESULT

    try:
        raw = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"this is no specdrift result: it is not JSON ({error})") from error
    _check_version(raw)
    try:
        return RESULT.load(raw)
    except Misfit as error:
        raise UsageError(f"this specdrift result is damaged: {error}") from error


def _check_version(raw: Any) -> None:  # noqa: ANN401
    from specdrift.model.result import SCHEMA_VERSION

    written = raw.get("schema_version") if isinstance(raw, dict) else None
    if not isinstance(written, str):
        raise UsageError("this is no specdrift result: it has no schema_version")
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
    """Give the JSON Schema (draft 2020-12) that every result fits."""
    from specdrift.reports.schema.result import SCHEMA

    return SCHEMA


FORMAT = Format(name="json", media_type="application/json", extension="json", render=render)
