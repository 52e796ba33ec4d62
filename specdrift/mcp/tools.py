"""What an assistant may do: each tool is a method, and its docstring is the description that the model reads."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from specdrift.app.library import acheck, lint_reporting, read_result, settings_for
from specdrift.app.plan import plan_check
from specdrift.contained import OutsideFolderError, beneath
from specdrift.errors import UsageError
from specdrift.events import Event, Planned, ProbeFinished
from specdrift.mcp.summary import summarize
from specdrift.model.result.result import Result
from specdrift.redaction.known import secrets_of_one_run
from specdrift.rules import RULES
from specdrift.rules.handbook import page_as_markdown

URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
STDIN = "-"
PROGRESS_EVERY_S = 1.0
Report = Callable[[int, int], Awaitable[None]]
"""Tells the client how many probes of how many are done."""


class Tools(Struct):
    """The tools for one configuration."""

    root: Path
    """Folder of the files that arguments may name."""
    config: Path | None
    """The owner's configuration, which is trusted; ``None``: documents are linted, and nothing is planned or sent."""
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def lint(self, document: str = "") -> dict[str, Any]:
        """Find contradictions in the security requirements of an OpenAPI document. Sends nothing.

        ``document`` is a file beneath the folder of the configuration; by default the configured document.
        """
        if document:
            return self._summary(await asyncio.to_thread(lint_reporting, self._file(document)))
        return self._summary(await asyncio.to_thread(lint_reporting, config=self._configured()))

    async def plan(self) -> dict[str, Any]:
        """Count the requests that a check of the configured API would send, by kind. Sends nothing."""
        with secrets_of_one_run():
            settings = settings_for({}, self._configured(), {})
            planned = await asyncio.to_thread(plan_check, settings)
        return {
            "base_url": settings.base_url,
            "requests": {name: cost.requests for name, cost in planned.costs.items()},
            "notes": list(planned.notes),
        }

    async def check(self, report: Report) -> dict[str, Any]:
        """Probe the configured API with and without client certificates, and compare it with its document.

        Sends what ``plan`` counts, with the certificates of the configuration. Takes from seconds to minutes.
        """
        async with self._one_at_a_time:
            return self._summary(await self._check(report))

    async def read_result(self, file: str) -> dict[str, Any]:
        """Read a saved JSON result of specdrift, a file beneath the folder of the configuration. Sends nothing."""
        return self._summary(await asyncio.to_thread(read_result, self._file(file)))

    async def explain(self, rule: str) -> str:
        """Explain a rule: its meaning, its probes, the correct behaviour and the fix."""
        if rule not in RULES:
            raise UsageError(f'there is no rule "{rule}"; list_rules has all')
        return page_as_markdown(RULES[rule])

    async def list_rules(self) -> dict[str, str]:
        """List the rules, each with its title."""
        return {name: rule.title for name, rule in RULES.items()}

    async def _check(self, report: Report) -> Result:
        done, total = 0, 0

        def watch(event: Event) -> None:
            nonlocal done, total
            match event:
                case Planned():
                    total = event.probes
                case ProbeFinished():
                    done += 1

        running = asyncio.ensure_future(acheck(config=self._configured(), watch=watch))
        try:
            while not (await asyncio.wait({running}, timeout=PROGRESS_EVERY_S))[0]:
                await report(done, max(done, total))
        except asyncio.CancelledError:
            running.cancel()
            raise
        return running.result()

    def _summary(self, result: Result) -> dict[str, Any]:
        return summarize(result, self.root)

    def _file(self, name: str) -> Path:
        if name == STDIN or URL.match(name):
            raise UsageError(
                f"{name!r} is no file beneath {self.root}; MCP reads no URL and no standard input"
            )
        try:
            return beneath(self.root, name)
        except OutsideFolderError as error:
            raise UsageError(str(error)) from None

    def _configured(self) -> Path:
        if self.config is None:
            raise UsageError("start `specdrift mcp` with --config FILE: it names the document and the API")
        return self.config
