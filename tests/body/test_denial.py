"""Bodies that are denials, and bodies that only resemble them."""

import json

import pytest

from specdrift.body.denial import value_says_no


@pytest.mark.parametrize(
    "body",
    [
        '{"code": 401, "message": "unauthorized", "data": null}',
        '{"code": "403", "data": {}}',
        '{"errCode": 40, "status_code": 404}',
        '{"success": false, "data": null, "error": "client certificate required"}',
        '{"isSuccess": false, "items": []}',
        '{"status": "error", "message": "client certificate required"}',
        '{"result": null, "error": {"code": -32001, "message": "unauthorized"}, "id": 1}',
        '{"jsonrpc": "2.0", "id": 7, "error": {"code": 1}}',
        '{"data": null, "errors": [{"message": "x"}]}',
        '{"errors": [{"status": "403"}], "jsonapi": {"version": "1.0"}, "links": {"self": "/x"}}',
        '{"message": "Forbidden"}',
        '{"result": "unauthorized: no client certificate"}',
        '{"reason": "ACCESS_DENIED"}',
        '{"code": 40301, "data": null}',
        '[{"jsonrpc": "2.0", "id": 1, "error": {"code": 1}}, {"jsonrpc": "2.0", "id": 2, "error": {"code": 1}}]',
        '[{"data": null, "errors": [{"message": "x"}]}]',
        '{"message": "certificate has been revoked", "data": null}',
        '{"detail": "Authentication credentials were not provided."}',
        '"access denied: client certificate required"',
    ],
)
def test_an_envelope_with_a_denial_is_recognised(body: str) -> None:
    """By a flag, a code, an error or a text, without data."""
    assert value_says_no(json.loads(body))


@pytest.mark.parametrize(
    "body",
    [
        '{"code": 0, "message": "ok", "data": {"id": 1}}',
        '{"code": 0, "data": []}',
        '{"status": "ok", "message": "done"}',
        '{"status": 200}',
        '{"code": 45000, "data": null}',
        '{"message": "certificate is valid until 2030"}',
        '{"success": true, "items": []}',
        '{"title": "Dune", "type": "novel", "status": "lent", "message": "to Bob", "code": 7}',
        '{"title": "Forbidden City", "author": "B"}',
        '{"data": {"a": 1}, "errors": [{"message": "half of it failed"}]}',
        '{"id": 7, "status": "failed"}',
        '{"errors": 3, "passed": 97}',
        '{"error": null}',
        '{"authenticated": false, "user": null}',
        '{"items": []}',
        '[{"error": "no"}]',
        "[]",
        '[{"jsonrpc": "2.0", "id": 1, "error": {"code": 1}}, {"jsonrpc": "2.0", "id": 2, "result": {"total": 7}}]',
        '[{"jsonrpc": "2.0", "id": 1, "error": {"code": 1}, "order": "A-48213"}]',
        '"Dune"',
        "null",
        "{}",
    ],
)
def test_data_that_resembles_a_denial_is_data(body: str) -> None:
    """It contains the resource, or no sign of a failure."""
    assert not value_says_no(json.loads(body))
