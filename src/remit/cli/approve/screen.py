"""How questions look: a list, one question with the exact bytes, and how overseers have been answering.

Everything an agent had a hand in is escaped sign by sign and kept behind a gutter, so that no line of it can pass for
one of remit's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from remit.cli.output import Output
from remit.cli.seconds import span
from remit.guard.approvals.fatigue import Fatigue
from remit.guard.approvals.legible import escaped, notes, shown_lines

if TYPE_CHECKING:
    from remit.guard.approval import Approvals
    from remit.guard.approvals.judging import Judgement
    from remit.guard.approvals.request import Request

__all__ = ["list_document", "question_document", "show_fatigue", "show_list", "show_question"]

_GUTTER = "  │ "
_GOES_ON = "  ┆ "


def show_list(output: Output, waiting: Sequence[Request], approvals: Approvals | None) -> None:
    """What waits, a line each, and the next step."""
    if not waiting or approvals is None:
        output.plain("nothing waits for an answer")
        return
    for question in waiting:
        answered = {answer.by for answer in approvals.judgement(question.id).answers}
        missing = ", ".join(name for name in question.overseers if name not in answered)
        left = (question.expires_at - datetime.now(UTC)).total_seconds()
        line = f"{question.id}  {escaped(question.tool)}  for {escaped(_who(question))}, waits for {escaped(missing)}"
        output.plain(f"{line}, expires in {span(max(0.0, left))}")
    output.plain(f"look, and answer: remit approve {waiting[0].id[:6]}")


def show_question(output: Output, question: Request, found: Judgement, *, by: str = "") -> None:
    """One question: whose it is, why it is asked, and exactly what would run."""
    for line in _head(question, found, by):
        output.plain(line)
    size, digest = len(question.shown), question.digest
    output.plain(f"\nexactly this would run ({size} bytes, {digest}):")
    for text in shown_lines(question.shown):
        for line in _behind_gutter(text, output.width):
            output.plain(line)
    for note in notes(question.shown):
        output.plain(f"look twice: {note}")
    output.plain("")


def show_fatigue(output: Output, measured: Sequence[Fatigue]) -> None:
    """How each overseer has been answering within the last 30 days."""
    if output.json:
        output.document(
            {"schema": "remit.fatigue/1", "version": 1, "overseers": [_fatigue_document(one) for one in measured]}
        )
        return
    if not measured:
        output.plain("nobody was asked anything yet")
    for one in measured:
        time = "-" if one.median is None else span(one.median)
        said = f"asked {one.asked}, answered {one.answers} ({one.agreed} yes), {one.hour} within the hour"
        output.plain(f"{escaped(one.overseer)}: {said}, usually in {time}")
        for sign in one.signs:
            output.plain(f"  note: {sign}")


def list_document(waiting: Sequence[Request]) -> dict[str, Any]:
    """What waits, as JSON."""
    return {"schema": "remit.approve/1", "version": 1, "waiting": [dict(question_document(one)) for one in waiting]}


def question_document(question: Request) -> Mapping[str, Any]:
    """One question as JSON; ``shown`` is the exact text that would run."""
    from remit.guard.approvals.webhook import message

    return {key: value for key, value in message(question).items() if key != "kind"}


def _head(question: Request, found: Judgement, by: str) -> Iterator[str]:
    """The lines above the bytes."""
    left = (question.expires_at - datetime.now(UTC)).total_seconds()
    yield f"question {question.id}, expires in {span(max(0.0, left))}"
    yield f"  agent    {escaped(_who(question))}"
    yield f"  charter  {escaped(question.charter)}"
    yield f"  tool     {escaped(question.tool)}"
    for text in question.because:
        yield f"  because  {escaped(text)}"
    if question.effects:
        yield f"  effects  {escaped(', '.join(question.effects))}"
    said = {answer.by: "said yes" if answer.agree else "said no" for answer in found.answers}
    everybody = ", ".join(
        f"{name} ({said.get(name, 'you' if name == by else 'not yet')})" for name in question.overseers
    )
    yield f"  asked    {escaped(everybody)}"
    if question.said:
        yield f"  the agent says, which proves nothing: {escaped(question.said[:500])}"


def _who(question: Request) -> str:
    """The agent, its run, and the sub-agent where one calls."""
    principal = f", called by {question.principal}" if question.principal else ""
    return f"{question.agent} in run {question.run}{principal}"


def _behind_gutter(text: str, width: int) -> Iterator[str]:
    """A line cut to the screen, each part behind a gutter that says that it goes on; no space is lost at an end."""
    room = max(20, width - len(_GUTTER) - 3)
    for start in range(0, max(1, len(text)), room):
        more = " ┆" if start + room < len(text) else ""
        yield (_GUTTER if start == 0 else _GOES_ON) + text[start : start + room] + more


def _fatigue_document(one: Fatigue) -> dict[str, Any]:
    """How one overseer has been answering, as JSON."""
    return {
        "overseer": one.overseer,
        "asked": one.asked,
        "answers": one.answers,
        "agreed": one.agreed,
        "hour": one.hour,
        "median": one.median,
        "quick": one.quick,
        "streak": one.streak,
        "signs": list(one.signs),
    }
