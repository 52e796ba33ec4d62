"""Output of openssl s_client, separated into the server's data and the program's own messages."""

import time

import pytest

from specdrift.crawler.http.sans_io import MAX_BODY
from specdrift.crawler.openssl.s_client import CLOSED_LINE, NOTE_END, NOTE_START, without_notes

TICKET = NOTE_START + b"SSL-Session:\n    Protocol  : TLSv1.3\n    Max Early Data: 16384" + NOTE_END
HEAD, BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n", b'{"id":1}'


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (HEAD + BODY, HEAD + BODY),
        (HEAD + BODY + CLOSED_LINE, HEAD + BODY),
        (HEAD + TICKET + BODY + CLOSED_LINE, HEAD + BODY),
        (TICKET + HEAD + TICKET + TICKET + BODY, HEAD + BODY),
        (HEAD + NOTE_START + NOTE_END + BODY, HEAD + BODY),
        (HEAD + NOTE_START + TICKET + BODY, HEAD + BODY),
        (HEAD + CLOSED_LINE + BODY, HEAD + CLOSED_LINE + BODY),
        (HEAD + BODY + NOTE_START + b"SSL-Session", HEAD + BODY + NOTE_START + b"SSL-Session"),
        (HEAD + NOTE_END + BODY, HEAD + NOTE_END + BODY),
        (b"", b""),
    ],
)
def test_messages_of_the_program_are_no_part_of_the_answer(shown: bytes, said: bytes) -> None:
    """Complete ones; text that only begins or ends like one may be the server's."""
    assert without_notes(shown) == said


@pytest.mark.parametrize("piece", [NOTE_START, TICKET, NOTE_END, NOTE_START[:-1], b"---\n"])
def test_a_server_that_imitates_the_program_takes_no_time(piece: bytes) -> None:
    """The longest answer is parsed at once: all other probes wait for it."""
    shown = HEAD + piece * (MAX_BODY // len(piece))
    began = time.process_time()
    assert without_notes(shown).startswith(HEAD)
    assert time.process_time() - began < 0.2
