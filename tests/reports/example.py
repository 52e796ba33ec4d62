"""Makes examples/report: the report of the Axum lab with every fault planted, its picture, and a recording of the demo.
`./dev example` runs it.

The check runs in a folder of its own, whose path is taken out of the result before it becomes a report. Certificates
and keys are made for this one run.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

from specdrift.reports import read, render
from tests.lab.axum_lab import LAB, axum_lab, build
from tests.reports.browser import FLAGS, executable
from tests.reports.recording import recorded
from tests.servers.pki import make_pki

TARGET = Path(__file__).parents[2] / "examples" / "report"
RESULT, REPORT, PICTURE, DEMO = "result.json", "axum-lab.html", "axum-lab.png", "demo.svg"
SIZE = (1100, 1240)
PORT, PLAIN_PORT = "8443", "8080"
"""What the report has in place of the ports that were free: else each run would change hundreds of its lines."""
DRIFT = 1
"""The exit status that is wanted."""
CONFIGURATION = """\
[client-ca]
cert-file = "pki/client-ca.pem"
[server]
listeners = ["{listener}"]
"""
CALLERS = (
    "--identity=alice=pki/alice.pem,pki/alice.key,role=reader",
    "--identity=bob=pki/bob.pem,pki/bob.key,role=admin",
    "--identity=expired=pki/expired.pem,pki/expired.key,expect=refused",
)


def main(target: Path) -> int:
    """Write the three files into a folder; the exit status is that of the check where it did not find drift."""
    with tempfile.TemporaryDirectory(prefix="specdrift-example-") as scratch:
        folder = Path(scratch)
        status = check(folder)
        if status != DRIFT:
            return status or 4
        result = read(anywhere((folder / RESULT).read_text(), folder))
        target.mkdir(parents=True, exist_ok=True)
        (target / REPORT).write_bytes(render(result, "html"))
    picture(target / REPORT, target / PICTURE)
    (target / DEMO).write_text(recorded(), encoding="utf-8")
    return 0


def anywhere(result: str, folder: Path) -> bytes:
    """The result without what is peculiar to the machine that made it: the folder, the ports that were free, and the
    list of its users, which the lab returns for any file name.
    """
    target = json.loads(result)["target"]
    for url, shown in ((target["base_url"], PORT), (target["listeners"][0], PLAIN_PORT)):
        result = re.sub(rf"(?<=[: ]){urlsplit(url).port}\b", shown, result)
    users = re.sub(r"root:x:0:0:[^\"]*", r"root:x:0:0:root:/:/bin/sh\\n(and so on)", result)
    users = re.sub(r'"members": \["root", [^\]]*\]', '"members": []', users)
    return users.replace(f"{folder}/", "").encode()


def faults() -> list[str]:
    """Every fault that the lab can have."""
    said = subprocess.run([build(), "--list-faults"], capture_output=True, text=True, check=True).stdout
    return [line.partition("\t")[0] for line in said.splitlines()]


def check(folder: Path) -> int:
    """Check the lab as a user would, from that folder."""
    pki = make_pki(folder / "pki")
    shutil.copyfile(LAB / "openapi.yaml", folder / "openapi.yaml")
    listeners: list[str] = []
    with axum_lab(
        ca=pki.client_ca, cert=pki.server_cert, key=pki.server_key, faults=faults(), listeners=listeners
    ) as base_url:
        (folder / "specdrift.toml").write_text(CONFIGURATION.format(listener=listeners[0]))
        command = [sys.executable, "-m", "specdrift", "check", "openapi.yaml", base_url, *CALLERS]
        command += ["--config", "specdrift.toml"]
        command += [
            "--cacert=pki/server-ca.pem",
            "--unsafe-methods=send",
            "--allow-destructive",
            f"--report=json={RESULT}",
            "--quiet",
        ]
        checkout = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        return subprocess.run(
            command, cwd=folder, env=checkout, stdout=subprocess.DEVNULL, check=False
        ).returncode


def picture(report: Path, target: Path) -> None:
    """Show the top of the report as a laptop does."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        page = chromium.new_page(viewport={"width": SIZE[0], "height": SIZE[1]}, color_scheme="light")
        page.goto(report.as_uri())
        page.screenshot(path=target)
        chromium.close()


if __name__ == "__main__":
    sys.exit(main(TARGET))
