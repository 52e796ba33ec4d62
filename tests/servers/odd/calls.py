"""JSON-RPC 2.0 at one path: each call of a batch is refused by itself, with status 200 (calls.yaml)."""

from __future__ import annotations

import json
from typing import ClassVar

from tests.servers.python.serve import Guarded

METHODS = {
    "orders.list": [{"number": "A-48213", "customer": "Nordwind Logistik"}],
    "invoices.list": [{"number": "INV-20931", "payer": "Kallio Oy"}],
}


class AnswersCalls(Guarded):
    """Admits known callers to each method."""

    open_methods: ClassVar[frozenset[str]] = frozenset()
    """Methods without a guard."""

    def respond(self) -> None:
        """Answer GET: nothing is there."""
        self.reply(404, {"error": "not found"})

    def do_POST(self) -> None:  # noqa: N802 (the base class's name)
        """Answer one call, or each of a batch."""
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.partition("?")[0] != "/rpc":
            return self.reply(404, {"error": "not found"})
        try:
            read = json.loads(content)
        except ValueError:
            return self.reply(200, self.failed(None, -32700, "Parse error"))
        return self.reply(
            200, [self.called(each) for each in read] if isinstance(read, list) else self.called(read)
        )

    def called(self, call: object) -> dict[str, object]:
        """Return the answer to one call."""
        name = call.get("method") if isinstance(call, dict) else None
        if not isinstance(call, dict) or not isinstance(name, str) or call.get("jsonrpc") != "2.0":
            return self.failed(None, -32600, "Invalid Request")
        if not self.caller and name not in self.open_methods:
            return self.failed(call.get("id"), -32001, "client certificate required")
        if name not in METHODS:
            return self.failed(call.get("id"), -32601, "Method not found")
        return {"jsonrpc": "2.0", "id": call.get("id"), "result": METHODS[name]}

    def failed(self, number: object, code: int, message: str) -> dict[str, object]:
        """Return an error."""
        return {"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": message}}


class ForgetsAMethod(AnswersCalls):
    """Has no guard for the method that the example of the document does not call."""

    open_methods: ClassVar[frozenset[str]] = frozenset({"invoices.list"})


class ForgetsCallsWithParameters(AnswersCalls):
    """Has no guard for calls with parameters, which the document does not require."""

    def called(self, call: object) -> dict[str, object]:
        """Answer a call with parameters."""
        name = call.get("method") if isinstance(call, dict) and "params" in call else None
        if isinstance(call, dict) and name in METHODS:
            return {"jsonrpc": "2.0", "id": call.get("id"), "result": METHODS[str(name)]}
        return super().called(call)


HANDLERS: dict[str, type[Guarded]] = {
    "rpc-batch": AnswersCalls,
    "rpc-batch-method": ForgetsAMethod,
    "rpc-example-of-a-member": AnswersCalls,
    "rpc-with-parameters": ForgetsCallsWithParameters,
}
