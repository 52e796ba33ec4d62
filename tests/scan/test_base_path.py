"""A base URL without the base path of the document: one probe each tells which is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.events import Warned
from specdrift.model.result.verdict import Verdict
from tests.loader.documents import written
from tests.scan.running import run, settings_for

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.events import Event
    from tests.servers.pki import TestPki

pytestmark = pytest.mark.servers


@pytest.mark.parametrize(
    ("base_path", "path", "suffix", "continues_at"),
    [
        ("/items", "/{id}", "", "/items"),
        ("/v2", "/items/{id}", "", ""),
        ("/items", "/{id}", "/items", "/items"),
        ("/v2", "/nothing/{id}", "", ""),
    ],
)
def test_the_path_that_answers_is_meant(
    optional_server: str,
    pki: TestPki,
    tmp_path: Path,
    base_path: str,
    path: str,
    suffix: str,
    continues_at: str,
) -> None:
    """Of two that do not answer, the base URL stays as it was given."""
    document = written(
        tmp_path,
        f"""
        openapi: 3.1.0
        info: {{title: T, version: "1"}}
        servers: [{{url: {base_path}}}]
        security: [{{mtls: []}}]
        components: {{securitySchemes: {{mtls: {{type: mutualTLS}}}}}}
        paths:
          {path}:
            get:
              parameters: [{{name: id, in: path, required: true, schema: {{type: integer}}, example: 7}}]
              responses: {{}}
        """,
    )
    events: list[Event] = []
    settings = settings_for(pki, optional_server + suffix, spec=str(document), checks=("certificate",))
    result = run(settings, events.append)
    assert result.target.base_url == optional_server + continues_at
    warned = [event.message for event in events if isinstance(event, Warned)]
    assert any("base path" in message for message in warned) is (suffix != continues_at)
    if continues_at or path == "/items/{id}":
        assert [each.verdict for each in result.operations] == [Verdict.CONSISTENT]
