"""Notes and checkpoints against the C2SP formats: the key and note published with the Go implementation."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tongban.engine.ledger.note import (
    Head,
    NoteError,
    Signer,
    Verifier,
    join_note,
    open_note,
    read_head,
    sign,
    split_note,
    write_head,
)

PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
NOTE = (
    f"{TEXT}\n\u2014 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_the_published_note_verifies() -> None:
    assert open_note(NOTE, Verifier.parse(PUBLIC)) == TEXT


def test_signing_gives_the_published_note_byte_for_byte() -> None:
    assert sign(TEXT, Signer.parse(SECRET)) == NOTE


def test_keys_are_spelt_as_published() -> None:
    assert Signer.parse(SECRET).secret_text == SECRET
    assert Signer.parse(SECRET).verifier.text == PUBLIC
    assert SECRET.rpartition("+")[2] not in repr(Signer.parse(SECRET))


@pytest.mark.parametrize(
    "text",
    [
        PUBLIC[1:],
        PUBLIC.replace("c74f20a3", "c74f20a4"),
        PUBLIC.replace("+c74f20a3", ""),
        PUBLIC[:-4],
        PUBLIC.replace("ARpc", "ZRpc"),
        "",
    ],
)
def test_a_mangled_key_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        Verifier.parse(text)


@pytest.mark.parametrize(
    "note",
    [
        NOTE.replace("cryptography", "cryptographY"),
        NOTE.replace("x08go/Z", "x08go/Y"),
        NOTE.replace("\u2014 ", "-- "),
        NOTE.replace("\n\n", "\n"),
        NOTE[:-1],
        NOTE.replace("PeterNeumann x", "SomebodyElse x"),
    ],
)
def test_a_mangled_note_is_refused(note: str) -> None:
    with pytest.raises(NoteError):
        open_note(note, Verifier.parse(PUBLIC))


def test_signatures_of_witnesses_are_passed_over() -> None:
    witness = Signer("witness.example", b"\x07" * 32)
    _, mine = split_note(NOTE)
    _, theirs = split_note(sign(TEXT, witness))
    both = join_note(TEXT, *theirs[0]) + NOTE.removeprefix(f"{TEXT}\n")
    assert len(mine) == len(theirs) == 1
    assert open_note(both, Verifier.parse(PUBLIC)) == open_note(both, witness.verifier) == TEXT


def test_a_checkpoint_reads_back_as_it_was_written() -> None:
    head = Head(
        name="anlan.example/tongban",
        size=20852163,
        root=b"\x0a" * 32,
        no=412,
        hash_name="sm3",
        signed_at=datetime(2026, 4, 27, 1, tzinfo=UTC),
        next_key=PUBLIC,
    )
    assert read_head(write_head(head)) == head
    first_three = write_head(head).split("\n")[:3]
    assert first_three == [
        "anlan.example/tongban",
        "20852163",
        "CgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgo=",
    ]


def test_a_checkpoint_of_another_log_is_read_too() -> None:
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    head = read_head(text)
    assert (head.name, head.size, head.no) == ("example.com/behind-the-sofa", 20852163, 0)
    assert read_head(text + "what is this\n").extensions == ("what is this",)
    assert replace(head, extensions=()) == head


@pytest.mark.parametrize(
    "text",
    [
        "log\n1\n",
        "log\n01\nCgo=\n",
        "log\n-1\nCgo=\n",
        "log\n1\nCg\n",
        "log\n1\n\nCgo=\n",
        "log\n1\nCgo=\nno x\n",
    ],
)
def test_a_mangled_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        read_head(text)


@pytest.mark.parametrize("text", ["no newline", "a blank\n\nline\n", "a\ttab\n"])
def test_a_text_that_could_be_read_in_two_ways_is_not_signed(text: str) -> None:
    with pytest.raises(NoteError):
        sign(text, Signer.parse(SECRET))
