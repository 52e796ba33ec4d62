"""Files, pipes and folders of a traffic import: each is read, or refused in a bounded time."""

from __future__ import annotations

import gzip
import os
import threading
from pathlib import Path

import pytest

from specdrift.errors import UsageError
from specdrift.scan.feeds import feed_files
from specdrift.scan.feeds.feed_files import content_of


def test_a_pipe_without_a_writer_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening it would wait without end."""
    monkeypatch.setattr(feed_files, "WRITER_WAIT_S", 0.2)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="nothing writes to this pipe"):
        content_of(tmp_path / "pipe")


@pytest.mark.parametrize("pause", [0.0, 0.4])
def test_a_pipe_is_read_to_its_end(tmp_path: Path, pause: float) -> None:
    """Also one whose writer comes later."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    content = b"GET /a\n" * 50_000
    writer = threading.Timer(pause, lambda: pipe.write_bytes(content))
    writer.start()
    assert content_of(pipe) == content
    writer.join()


@pytest.mark.parametrize("content", [b"GET /a\n", b""])
def test_a_process_substitution_is_read_after_its_writer_has_ended(content: bytes) -> None:
    """`--feed <(command)` names a descriptor of a pipe."""
    reader, writer = os.pipe()
    os.write(writer, content)
    os.close(writer)
    assert content_of(Path(f"/dev/fd/{reader}")) == content
    os.close(reader)


@pytest.mark.slow
def test_a_slow_writer_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is there, although it has not written yet."""
    monkeypatch.setattr(feed_files, "WRITER_WAIT_S", 0.1)
    reader, writer = os.pipe()

    def write() -> None:
        os.write(writer, b"GET /a\n")
        os.close(writer)

    threading.Timer(0.6, write).start()
    assert content_of(Path(f"/dev/fd/{reader}")) == b"GET /a\n"
    os.close(reader)


def test_a_log_compressed_by_gzip_is_read(tmp_path: Path) -> None:
    """Rotated logs are, under any name, and in several parts."""
    log = tmp_path / "access.log.1"
    log.write_bytes(gzip.compress(b"GET /a\n") + gzip.compress(b"GET /b\n"))
    assert content_of(log) == b"GET /a\nGET /b\n"
    log.write_bytes(gzip.compress(b""))
    assert content_of(log) == b""


def test_a_damaged_or_endless_archive_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The part that can be read is not the traffic; the message names the file."""
    log = tmp_path / "access.log.gz"
    log.write_bytes(gzip.compress(b"GET /a\n" * 100)[:-12])
    with pytest.raises(
        UsageError, match=r"access\.log\.gz: cannot read traffic: the compressed file is damaged"
    ):
        content_of(log)
    monkeypatch.setattr(feed_files, "MAX_BYTES", 1000)
    log.write_bytes(gzip.compress(bytes(2000)))
    with pytest.raises(UsageError, match=r"access\.log\.gz: .* unpacks to more than 1,?000 bytes"):
        content_of(log)


def test_a_device_is_refused() -> None:
    """It may have no end."""
    with pytest.raises(UsageError, match="neither a file nor a pipe"):
        content_of(Path("/dev/zero"))


def test_a_folder_of_requests_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole file system is none; a collection is read in the order of its names."""
    (tmp_path / "b").mkdir()
    (tmp_path / "environments").mkdir()
    for name in ("b/z.bru", "b/a.bru", "c.bru", "collection.bru", "environments/e.bru"):
        (tmp_path / name).write_text("get {\n}\n")
    found = [str(file.relative_to(tmp_path)) for file in feed_files.feed_files(tmp_path)]
    assert found == ["c.bru", "b/a.bru", "b/z.bru"]
    monkeypatch.setattr(feed_files, "MOST_ENTRIES", 6)
    with pytest.raises(UsageError, match="name the folder of one collection"):
        feed_files.feed_files(tmp_path)
