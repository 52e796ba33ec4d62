"""Servers that take claims (claims.yaml) in two media types, of two kinds, each handled by code of its own."""

from __future__ import annotations

import json
from typing import ClassVar

from tests.servers.odd.bypasses import content
from tests.servers.python.serve import Guarded

KINDS = ("motor", "home")


class Claims(Guarded):
    """Requires a certificate, then a claim."""

    forgotten: ClassVar[frozenset[str]] = frozenset()
    """Media types, kinds and days whose handlers lack the guard."""

    def do_POST(self) -> None:  # noqa: N802 (the name is the base class's)
        """Take claims at one path."""
        body = content(self)
        if self.path != "/claims":
            return super().do_POST()
        media_type = self.headers.get("Content-Type", "")
        try:
            kind, policy = self.claim(media_type, body)
        except (ValueError, LookupError):
            return self.reply(400, {"error": "this is no claim"}) if self.caller else self.denied()
        if not self.caller and not {media_type, kind} & self.forgotten:
            return self.denied()
        return self.reply(201, {"number": "C-20431", "kind": kind, "policy": policy, "desk": "Leeds 4"})

    def do_GET(self) -> None:  # noqa: N802 (the name is the base class's)
        """List the claims, or those of a day."""
        path, _, query = self.path.partition("?")
        if path != "/claims":
            return super().do_GET()
        day = query.removeprefix("asOf=") if query.startswith("asOf=") else ""
        if not self.caller and day not in self.forgotten:
            return self.denied()
        if day not in ("", "2026-01-31"):
            return self.reply(404, {"error": "there is nothing of that day"})
        return self.reply(200, {"claims": [{"number": "C-20430", "kind": "home", "holder": "R. Okafor"}]})

    def claim(self, media_type: str, body: bytes) -> tuple[str, str]:
        """Parse a claim: its kind and policy. Raises ``ValueError`` or ``LookupError``."""
        if media_type == "text/csv":
            kind, policy = body.decode().splitlines()[1].split(",")
        elif media_type == "application/json" and isinstance(found := json.loads(body), dict):
            kind, policy = found["kind"], found["policy"]
        else:
            raise ValueError(media_type)
        if kind not in KINDS or not isinstance(policy, str):
            raise ValueError(kind)
        return kind, policy


class ForgetsTables(Claims):
    """The import of tables has no guard."""

    forgotten = frozenset({"text/csv"})


class ForgetsHomes(Claims):
    """One kind of claim has no guard."""

    forgotten = frozenset({"home"})


class ForgetsDays(Claims):
    """The claims of a day are answered by a handler without a guard."""

    forgotten = frozenset({"2026-01-31"})
