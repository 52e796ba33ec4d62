"""``python -m specdrift.ci.comment FOLDER``: comments a pull or merge request with the summary of a job.

A later run updates the comment of an earlier one. On GitHub with ``GITHUB_TOKEN`` (permission
``pull-requests: write``), on GitLab with ``SPECDRIFT_GITLAB_TOKEN`` (scope ``api``).
"""

import json
import os
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import httpx
from msgspec import Struct

from specdrift.cli.terminal.ending import end
from specdrift.contained import leaves_by_link
from specdrift.errors import UsageError
from specdrift.redaction.known import remember

PAGE, PAGES = 100, 30
"""Comments in a page, and maximum number of pages."""
TIMEOUT = 30.0


class Thread(Struct, frozen=True, kw_only=True):
    """The API of the comments of one pull or merge request."""

    comments: str
    """URL of all comments."""
    comment: str
    """URL of one comment, without its id."""
    update: str
    """HTTP method that updates one."""
    headers: Mapping[str, str]
    """With the token."""


def github(environ: Mapping[str, str]) -> Thread:
    """The pull request of this job's event (docs.github.com/rest/issues/comments)."""
    event = json.loads(Path(environ["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
    number = (event.get("pull_request") or {}).get("number")
    if not isinstance(number, int):
        raise UsageError("this job has no pull request to comment")
    issues = f"{environ['GITHUB_API_URL']}/repos/{environ['GITHUB_REPOSITORY']}/issues"
    remember([environ["GITHUB_TOKEN"]])
    token = {"Authorization": f"Bearer {environ['GITHUB_TOKEN']}", "Accept": "application/vnd.github+json"}
    return Thread(
        comments=f"{issues}/{number}/comments", comment=f"{issues}/comments", update="PATCH", headers=token
    )


def gitlab(environ: Mapping[str, str]) -> Thread:
    """The merge request of this pipeline (docs.gitlab.com/api/notes)."""
    project = f"{environ['CI_API_V4_URL']}/projects/{environ['CI_PROJECT_ID']}"
    notes = f"{project}/merge_requests/{environ['CI_MERGE_REQUEST_IID']}/notes"
    remember([environ["SPECDRIFT_GITLAB_TOKEN"]])
    token = {"PRIVATE-TOKEN": environ["SPECDRIFT_GITLAB_TOKEN"]}
    return Thread(comments=notes, comment=notes, update="PUT", headers=token)


def thread_of(environ: Mapping[str, str]) -> Thread:
    """The thread of this job. Raises UsageError for a missing variable."""
    forge = github if environ.get("GITHUB_ACTIONS") == "true" else gitlab
    try:
        return forge(environ)
    except KeyError as missing:
        raise UsageError(f"the variable {missing.args[0]} is not set; a comment needs it") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"the event of this job cannot be read: {error}") from None


def publish(text: str, thread: Thread) -> None:
    """Update the comment of an earlier run, or add one. Raises UsageError if the request fails."""
    try:
        with httpx.Client(
            headers=dict(thread.headers), timeout=TIMEOUT, verify=ssl.create_default_context()
        ) as client:
            marker = text.partition("\n")[0]
            own = next((note for note in _notes(client, thread) if _is_ours(note, marker)), None)
            if own is None:
                client.post(thread.comments, json={"body": text}).raise_for_status()
            else:
                url = f"{thread.comment}/{int(own['id'])}"
                client.request(thread.update, url, json={"body": text}).raise_for_status()
    except httpx.HTTPStatusError as error:
        raise UsageError(
            f"the comment was rejected with HTTP {error.response.status_code}: check the permissions of the token"
        ) from None
    except (httpx.HTTPError, ValueError) as error:
        raise UsageError(f"the comment could not be written: {str(error) or type(error).__name__}") from None


def _notes(client: httpx.Client, thread: Thread) -> Iterator[dict[str, Any]]:
    for page in range(1, PAGES + 1):
        answer = client.get(thread.comments, params={"per_page": PAGE, "page": page})
        notes = answer.raise_for_status().json()
        yield from notes
        if len(notes) < PAGE:
            return


def _is_ours(note: Mapping[str, Any], marker: str) -> bool:
    """Whether it has the marker of this job and, on GitHub, a bot wrote it."""
    writer = note.get("user") or {}
    return str(note.get("body", "")).startswith(marker) and writer.get("type", "Bot") == "Bot"


def _summary(folder: Path) -> str:
    """Read the summary. Follows no symbolic link: a checkout could name any file by one, and publish it."""
    if leaves_by_link(Path.cwd(), folder):
        raise UsageError(f"{folder} leads outside the checkout by a symbolic link")
    descriptor = os.open(folder / "summary.md", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, encoding="utf-8") as file:
        return file.read()


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def main(folder: Path) -> None:
    """Comment FOLDER/summary.md, which `python -m specdrift.ci` wrote."""
    try:
        publish(_summary(folder), thread_of(os.environ))
    except OSError as error:
        raise UsageError(f"cannot read {folder}/summary.md: {error.strerror}") from None


if __name__ == "__main__":
    end(main, "specdrift.ci.comment")
