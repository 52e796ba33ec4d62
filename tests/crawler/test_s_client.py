"""What openssl s_client shows, parted into what the server said and what the program did."""

import time

import pytest

from specdrift.crawler.http.conversation import MAX_BODY
from specdrift.crawler.openssl.s_client import AT_THE_END, NOTE, NOTED, without_notes

TICKET = NOTE + b"SSL-Session:\n    Protocol  : TLSv1.3\n    Max Early Data: 16384" + NOTED
HEAD, BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n", b'{"id":1}'


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (HEAD + BODY, HEAD + BODY),
        (HEAD + BODY + AT_THE_END, HEAD + BODY),
        (HEAD + TICKET + BODY + AT_THE_END, HEAD + BODY),
        (TICKET + HEAD + TICKET + TICKET + BODY, HEAD + BODY),
        (HEAD + NOTE + NOTED + BODY, HEAD + BODY),
        (HEAD + NOTE + TICKET + BODY, HEAD + BODY),
        (HEAD + AT_THE_END + BODY, HEAD + AT_THE_END + BODY),
        (HEAD + BODY + NOTE + b"SSL-Session", HEAD + BODY + NOTE + b"SSL-Session"),
        (HEAD + NOTED + BODY, HEAD + NOTED + BODY),
        (b"", b""),
    ],
)
def test_notes_of_the_program_are_no_part_of_the_answer(shown: bytes, said: bytes) -> None:
    """Whole ones; what only begins or ends like a note was perhaps said by the server."""
    assert without_notes(shown) == said


@pytest.mark.parametrize("piece", [NOTE, TICKET, NOTED, NOTE[:-1], b"---\n"])
def test_a_server_that_says_what_the_program_says_takes_no_time(piece: bytes) -> None:
    """As much as is read of an answer, in a moment: everybody else waits for it."""
    shown = HEAD + piece * (MAX_BODY // len(piece))
    began = time.process_time()
    assert without_notes(shown).startswith(HEAD)
    assert time.process_time() - began < 0.2
