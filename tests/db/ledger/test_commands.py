"""`tongban ledger …` as an operator types it: words, JSON and exit codes."""

import io
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.db.ledger.chains import a_case, tamper
from tongban.base.console import CommandError, Console, ExitCode
from tongban.project.cli import build_parser

pytestmark = pytest.mark.django_db


def say(*words: str, as_json: bool = False) -> tuple[int, str]:
    """Run a command; gives its exit code and what it wrote."""
    out = io.StringIO()
    args = build_parser().parse_args(["ledger", *words])
    code = args.run(args, Console(as_json=as_json, out=out, err=io.StringIO()))
    return int(code), out.getvalue()


def test_checkpoint_seals_signs_and_shows_the_key() -> None:
    a_case(1)
    code, text = say("checkpoint")
    assert code == 0
    assert "本次存证 4 个事件；已签署第 1 号检查点" in text
    assert "anlan.example/tongban+" in text
    assert say("checkpoint")[1].startswith("本次存证 0 个事件；最近为第 1 号检查点")


def test_checkpoint_of_an_empty_ledger() -> None:
    assert say("checkpoint") == (0, "账本为空，没有可签署的内容。\n")


def test_a_new_key_is_handed_over_to(django_capture_on_commit_callbacks: Any) -> None:
    a_case(1)
    old = orjson.loads(say("checkpoint", as_json=True)[1])["key"]
    with django_capture_on_commit_callbacks(execute=True):
        note = orjson.loads(say("checkpoint", "--new-key", as_json=True)[1])["note"]
    assert "next-key anlan.example/tongban+" in note
    assert say("verify", "--key", old)[0] == 0


def test_verify_says_that_all_is_well() -> None:
    a_case(1)
    say("checkpoint")
    code, text = say("verify")
    assert code == 0
    assert "✓ 账本完好" in text
    assert "办件 1，事件 4" in text


def test_verify_names_the_first_misfit_and_exits_as_having_found() -> None:
    for n in (1, 2, 3):
        a_case(n)
    say("checkpoint")
    tamper("UPDATE engine_event SET payload = '{\"n\": 7}' WHERE case_id > 1 AND seq = 3")
    code, text = say("verify")
    assert code == ExitCode.FOUND
    assert "✗ 第一个不符之处：办件 A00002 第 3 号事件：内容被改动" in text
    code, text = say("verify", as_json=True)
    told = orjson.loads(text)
    assert (code, told["ok"], told["wrong"]) == (ExitCode.FOUND, False, 2)
    assert (told["first"]["case"], told["first"]["seq"], told["first"]["kind"]) == ("A00002", 3, "altered")
    assert say("verify", "--case", "A00001")[0] == 0
    assert say("verify", "--case", "A00003")[0] == ExitCode.FOUND
    assert say("verify", "--since", "2027-01-01")[0] == 0


def test_what_does_not_exist_is_refused_in_words(tmp_path: Path) -> None:
    for words, code in (
        (("verify", "--case", "X1"), "E_NO_SUCH_CASE"),
        (("proof", "X1"), "E_NO_SUCH_CASE"),
        (("verify", "--kept", str(tmp_path / "none")), "E_LEDGER_COPY"),
        (("check", str(tmp_path / "none"), "--key", "k"), "E_PROOF_FILE"),
    ):
        with pytest.raises(CommandError) as refused:
            say(*words)
        assert refused.value.code == code


def test_a_proof_is_written_and_checked(tmp_path: Path) -> None:
    a_case(1)
    key = orjson.loads(say("checkpoint", as_json=True)[1])["key"]
    file = tmp_path / "proof.json"
    assert say("proof", "A00001", "--output", str(file))[0] == 0
    code, text = say("check", str(file), "--key", key)
    assert code == 0
    assert "✓ 证明成立：办件 A00001 的 4 个事件" in text
    other = tmp_path / "other.json"
    other.write_text(file.read_text().replace('"A00001"', '"A00009"', 1))
    assert say("check", str(other), "--key", key)[0] == ExitCode.FOUND
    file.write_text(file.read_text().replace("第1条记录", "第9条记录"))
    code, text = say("check", str(file), "--key", key)
    assert code == ExitCode.FOUND
    assert "event 2" in text


def test_a_case_without_sealed_events_has_no_proof_yet() -> None:
    a_case(1)
    with pytest.raises(CommandError) as refused:
        say("proof", "A00001")
    assert refused.value.code == "E_LEDGER_UNSEALED"
