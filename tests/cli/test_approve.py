"""``remit approve``: what waits, what would run to the byte, and whose answer counts."""

from __future__ import annotations

import io
import json
import re
import socket
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.guard.asking import CHARTER, bound, order

from remit.guard.approval import Approvals, Request
from remit.guard.approvals.answer import Answer
from remit.guard.approvals.door import Door
from remit.guard.call import Call

Typed = Callable[..., Any]


@pytest.fixture
def approvals(state: Path) -> Approvals:
    """The approvals the command line finds, with one overseer."""
    made = Approvals.open(state.parent / "approvals.db")
    made.overseers.enrol("buyer")
    return made


def ask(
    approvals: Approvals, call: Call | None = None, *, said: str = "", overseers: tuple[str, ...] = ("buyer",)
) -> Request:
    """A question that waits for an hour."""
    request = Request.of(
        call or order(),
        charter=CHARTER,
        run="purchasing-3f2a9c",
        agent="purchasing-agent",
        overseers=overseers,
        now=datetime.now(UTC),
        life=timedelta(hours=1),
        effects=["money.spend"],
        because=["remit.yaml:20:5: `buyer` is asked"],
        said=said,
    )
    return approvals.ask(request)


class Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        """There is a person."""
        return True


@pytest.fixture
def types(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let a person sit at the terminal and type."""

    def typed_in(text: str) -> None:
        monkeypatch.setattr("sys.stdin", Terminal(text))

    return typed_in


@pytest.mark.usefixtures("state")
def test_where_nobody_asked_anything_nothing_waits(typed: Typed) -> None:
    answer = typed("approve")
    assert (answer.code, answer.out) == (0, "nothing waits for an answer\n")


def test_what_waits_is_listed_and_says_so_by_its_exit_code(typed: Typed, approvals: Approvals) -> None:
    request = ask(approvals)
    answer = typed("approve")
    assert answer.code == 10
    assert f"{request.id}  pay.order  for purchasing-agent in run purchasing-3f2a9c, waits for buyer" in answer.out
    document = json.loads(typed("approve", "--json").out)
    assert document["schema"] == "remit.approve/1"
    assert document["waiting"][0]["shown"].encode() == request.shown
    assert document["waiting"][0]["digest"] == request.digest


@pytest.mark.requirement("APPROVAL-07")
def test_the_exact_bytes_are_shown_and_a_person_says_yes(
    typed: Typed, approvals: Approvals, types: Callable[[str], None]
) -> None:
    request = ask(approvals, order(payee="p\u0430ypal\u202e"), said="\x1b[2Jplease")
    types("yes\n")
    answer = typed("approve", request.id[:6])
    assert answer.code == 0
    shown = re.findall(r"^  │ (.*)$", answer.out, re.MULTILINE)
    assert json.loads("\n".join(shown)) == json.loads(request.shown)
    assert "\x1b" not in answer.out
    assert "the agent says, which proves nothing: \\u001b[2Jplease" in answer.out
    assert "mixes Cyrillic and Latin letters" in answer.out
    assert request.digest in answer.out.replace("\n", "")
    assert approvals.state(request.id) == "agreed"
    digest = bound(order(payee="p\u0430ypal\u202e"), run="purchasing-3f2a9c")
    assert approvals.redeem(request.id, digest).answers[0].by == "buyer"


@pytest.mark.parametrize(
    ("text", "code_and_state"),
    [("no\n", (1, "refused")), ("y\n", (10, "waiting")), ("\n", (10, "waiting")), ("YES\n", (0, "agreed"))],
)
def test_only_the_whole_word_is_a_yes(
    typed: Typed, approvals: Approvals, types: Callable[[str], None], text: str, code_and_state: tuple[int, str]
) -> None:
    request = ask(approvals)
    types(text)
    code = typed("approve", request.id).code
    assert (code, approvals.state(request.id)) == code_and_state


@pytest.mark.requirement("APPROVAL-07")
def test_a_line_that_is_cut_to_the_screen_cannot_pass_for_another(typed: Typed, approvals: Approvals) -> None:
    text = "x" + " " * 200 + '"amount": 1,'
    request = ask(approvals, order(text=text))
    answer = typed("approve", request.id)
    assert answer.code == 10  # nobody is at the terminal
    lines = [line for line in answer.out.splitlines() if line.startswith(("  │ ", "  ┆ "))]
    whole = "".join(("\n" if line[2] == "│" else "") + line[4:].removesuffix(" ┆") for line in lines)
    assert json.loads(whole) == json.loads(request.shown)
    assert sum("amount" in line for line in lines if line[2] == "│") == 1


def test_without_a_person_nothing_is_agreed_to_but_by_its_digest(typed: Typed, approvals: Approvals) -> None:
    request = ask(approvals)
    answer = typed("approve", request.id)
    assert answer.code == 10
    assert "nobody is here to be asked" in answer.err
    for wrong in ("sha256:", request.digest[7:18], "0" * 64, ""):
        assert typed("approve", request.id, "--digest", wrong).code == 4
    assert approvals.state(request.id) == "waiting"
    assert typed("approve", request.id, "--digest", request.digest[7:19]).code == 0
    assert approvals.state(request.id) == "agreed"


def test_a_no_needs_no_digest(typed: Typed, approvals: Approvals) -> None:
    request = ask(approvals)
    answer = typed("approve", request.id, "--refuse", "--json")
    assert answer.code == 1
    assert json.loads(answer.out)["answer"] == {"by": "buyer", "agree": False, "state": "refused"}
    assert typed("approve", request.id, "--refuse").code == 4  # it is over
    assert typed("approve", request.id, "--refuse", "--digest", request.digest).code == 2


@pytest.mark.requirement("APPROVAL-05")
def test_an_answer_takes_the_key_of_the_one_who_was_asked(typed: Typed, approvals: Approvals, tmp_path: Path) -> None:
    request = ask(approvals, overseers=("lead",))
    answer = typed("approve", request.id, "--refuse")
    assert (answer.code, "no key of `lead` lies here" in answer.err) == (4, True)
    answer = typed("approve", request.id, "--refuse", "--by", "buyer")
    assert (answer.code, "`buyer` was not asked" in answer.err) == (4, True)
    approvals.overseers.enrol("lead")
    moved = tmp_path / "lead.key"
    (approvals.overseers.folder / "lead.key").rename(moved)
    assert typed("approve", request.id, "--digest", request.digest, "--by", "lead", "--key-file", str(moved)).code == 0
    assert approvals.state(request.id) == "agreed"


def test_who_holds_two_keys_says_which(typed: Typed, approvals: Approvals) -> None:
    approvals.overseers.enrol("lead")
    request = ask(approvals, overseers=("buyer", "lead"))
    answer = typed("approve", request.id, "--digest", request.digest)
    assert (answer.code, "--by NAME says which" in answer.err) == (4, True)
    answer = typed("approve", request.id, "--digest", request.digest, "--by", "lead")
    assert (answer.code, answer.out) == (0, f"yes  {request.id}  as lead, now waiting: waits for `buyer`\n")
    assert typed("approve", request.id, "--digest", request.digest).code == 0  # only one is left to be
    assert approvals.state(request.id) == "agreed"


def test_a_question_nobody_asked_is_a_usage_error(typed: Typed, approvals: Approvals) -> None:
    ask(approvals)
    answer = typed("approve", "zzzz", "--json")
    assert answer.code == 2
    assert json.loads(answer.out)["error"]["code"] == "guard.approval-refused.unknown"


@pytest.mark.usefixtures("state")
def test_an_overseer_is_enrolled_once_and_can_hear_of_questions(typed: Typed) -> None:
    first = typed("approve", "--enrol", "buyer", "--json")
    assert first.code == 0
    public = json.loads(first.out)["public"]
    assert public.startswith("buyer+")
    assert typed("approve", "--enrol", "buyer").code == 4
    hooked = json.loads(typed("approve", "--enrol", "buyer", "--webhook", "https://hooks.example.org/x", "--json").out)
    assert hooked["public"] == public
    assert len(hooked["webhook"]["secret"]) == 64
    assert typed("approve", "--enrol", "lead", "--public-key", "nonsense").code == 4
    assert typed("approve", "--enrol", "lead", "--webhook", "http://hooks.example.org/x").code == 4


def test_a_key_made_elsewhere_is_enrolled_by_its_public_half(
    typed: Typed, approvals: Approvals, tmp_path: Path
) -> None:
    from remit.ledger.signing import SigningKey

    key = SigningKey.open(tmp_path / "mine.key", name="lead")
    assert typed("approve", "--enrol", "lead", "--public-key", key.public.text()).code == 0
    request = ask(approvals, overseers=("lead",))
    mine = str(tmp_path / "mine.key")
    assert typed("approve", request.id, "--by", "lead", "--key-file", mine, "--digest", request.digest).code == 0


def test_watching_shows_each_question_once_as_it_comes(typed: Typed, approvals: Approvals) -> None:
    first, second = ask(approvals), ask(approvals, order(amount=81))
    answer = typed("approve", "--watch", "--within", "0.3", "--json")
    assert answer.code == 0
    assert [json.loads(line)["request"] for line in answer.out.splitlines()] == sorted(
        (first.id, second.id), key=[one.id for one in approvals.pending()].index
    )


def test_watching_asks_whoever_sits_there(typed: Typed, approvals: Approvals, types: Callable[[str], None]) -> None:
    request = ask(approvals)
    types("no\n")
    assert typed("approve", "--watch", "--within", "1ms").code == 0  # time enough for one look
    assert approvals.state(request.id) == "refused"


@pytest.mark.requirement("APPROVAL-08")
def test_an_answer_signed_elsewhere_is_taken_at_the_door_while_somebody_watches(
    typed: Typed, approvals: Approvals, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = ask(approvals)
    draft = Answer(request=request.id, digest=request.digest, by="buyer", agree=True, at=datetime.now(UTC))
    signed = replace(draft, signature=approvals.overseers.signer("buyer").sign_bytes(draft.statement()))
    came: list[int] = []
    opened = Door.__enter__

    def enter(door: Door) -> Door:
        opened(door)
        sent = urllib.request.Request(door.url, signed.document(), {"Content-Type": "application/json"})  # noqa: S310
        with urllib.request.urlopen(sent, timeout=120) as answer:  # noqa: S310 - the door of this test
            came.append(answer.status)
        return door

    monkeypatch.setattr(Door, "__enter__", enter)
    answer = typed("approve", "--watch", "--door", "0", "--within", "0.1")
    assert answer.code == 0
    assert "signed answers are taken at http://127.0.0.1:" in answer.err
    assert (came, approvals.state(request.id)) == ([200], "agreed")


def test_a_door_that_cannot_be_opened_and_one_without_a_watch_are_refused(typed: Typed, approvals: Approvals) -> None:
    request = ask(approvals)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        answer = typed("approve", "--watch", "--door", port, "--within", "0.1")
    assert (answer.code, "no answers can be taken at port" in answer.err) == (4, True)
    assert typed("approve", "--door", "0").code == 2
    assert approvals.state(request.id) == "waiting"


@pytest.mark.requirement("APPROVAL-09")
def test_asking_is_switched_off_for_a_while_with_a_reason(typed: Typed, approvals: Approvals) -> None:
    request = ask(approvals)
    assert typed("approve", request.id, "--unsafe-bypass", "10m").code == 4  # no reason
    assert typed("approve", request.id, "--unsafe-bypass", "2h", "--reason", "busy").code == 4
    answer = typed("approve", request.id, "--unsafe-bypass", "10m", "--reason", "the shop is on fire")
    assert (answer.code, answer.out) == (0, "unsafe  purchasing-3f2a9c does not ask buyer for 10 min, on record\n")
    assert approvals.state(request.id) == "agreed"
    assert approvals.judgement(request.id).bypasses[0].reason == "the shop is on fire"


def test_how_overseers_answer_can_be_looked_at(typed: Typed, approvals: Approvals) -> None:
    for _ in range(20):
        request = ask(approvals)
        key = approvals.overseers.signer("buyer")
        approvals.answer(request.id, "buyer", agree=True, key=key, digest=request.digest)
    answer = typed("approve", "--fatigue")
    assert "buyer: asked 20, answered 20 (20 yes)" in answer.out
    assert "note: the last 20 answers were all yes" in answer.out
    (one,) = json.loads(typed("approve", "--fatigue", "--json").out)["overseers"]
    assert (one["streak"], one["agreed"]) == (20, 20)
    request = ask(approvals)
    answer = typed("approve", request.id, "--digest", request.digest)
    assert "an approval nobody reads is no control" in answer.err
