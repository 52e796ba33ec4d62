"""Two judges of SARIF: the standard's JSON schema, and Microsoft's multitool with the rules of code scanning."""

import json
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.reports.node_tools import installed

PACKAGE = "@microsoft/sarif-multitool-linux"
COMPLAINT = re.compile(r": (error|warning) (\w+): (.*)")


@cache
def schema() -> Draft202012Validator:
    """The JSON schema of SARIF 2.1.0; the test is skipped where it is not."""
    text = json.loads((installed(PACKAGE) / "sarif-2.1.0.json").read_text())
    return Draft202012Validator(text, format_checker=Draft202012Validator.FORMAT_CHECKER)


def complaints(*logs: Path) -> list[tuple[str, str]]:
    """What the multitool says of logs, as rule and message; those of code scanning are among its rules."""
    tool = installed(PACKAGE) / "Sarif.Multitool"
    tool.chmod(0o755)
    command: list[str | Path] = [
        tool,
        "validate",
        "--rule-kind",
        "Sarif;Ghas",
        "--level",
        "Error;Warning",
        *logs,
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    except OSError as error:
        pytest.skip(f"the SARIF multitool does not run here: {error}")
    assert f"{len(logs)} files scanned" in done.stdout, done.stdout + done.stderr
    return [(match[2], match[3]) for line in done.stdout.splitlines() if (match := COMPLAINT.search(line))]
