"""What ``remit power`` shows: a table of numbers with their intervals, and what they do not say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from remit.incentives.legible import visible

if TYPE_CHECKING:
    from rich.console import RenderableType

    from remit.theory.answers import Answer, Answers

__all__ = ["power_screen", "verdict_screen"]

_LONGEST = 28  # characters of a fraction that are shown; JSON has them all
_NOT_SAID = (
    "A mean over the rewards named above, for optimal policies of this model: it does not say what a trained agent "
    "wants, and more POWER does not imply more probable."
)


def power_screen(answers: Answers, rewards: object) -> Iterator[RenderableType]:
    """POWER of each state, and the probability of each action where it was asked for."""
    words = rewards if isinstance(rewards, str) else "one entry per state, as in the model"
    yield Text(f"POWER at discount {answers.discount} over rewards {visible(words)} ({answers.how})", style="bold")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("state")
    table.add_column("POWER", justify="right")
    if answers.probability:
        table.add_column("action")
        table.add_column("P(optimal)", justify="right")
    for state, answer in answers.power.items():
        line = list(answers.probability.get(state, {}).items())
        first = [Text(visible(state)), _number(answer)]
        table.add_row(*first, *_choice(line[0]) if line else ())
        for pair in line[1:]:
            table.add_row("", "", *_choice(pair))
    yield table
    yield Text(_NOT_SAID, style="dim")


def verdict_screen(document: Any, faults: Sequence[str]) -> Iterator[RenderableType]:
    """Whether a certificate holds, and what it then says."""
    if faults:
        yield Text("the certificate does not hold", style="bold red")
        for fault in faults:
            yield Text(f"  {visible(fault)}")
        return
    larger = ", ".join(document["larger"])
    yield Text("the certificate holds", style="bold green")
    yield Text(visible(f"  at {document['state']}, {larger} against {document['smaller']}: n = {document['n']}"))
    yield Text(visible(f"  {document['claim']}"))
    yield Text(f"  so at least {document['bound']} of every orbit prefers the larger side, or is indifferent")
    yield Text(visible(f"  {document['not_licensed']}"), style="dim")
    if "observed" in document:
        yield Text("  the observed share of an orbit was sampled by whoever wrote it, and is not checked", style="dim")


def _choice(pair: tuple[str, Answer]) -> tuple[Text, Text]:
    """One action with its probability."""
    return Text(visible(pair[0])), _number(pair[1])


def _number(answer: Answer) -> Text:
    """A value with its interval, or with the fraction it is."""
    text = Text(f"{answer.estimate.value:.6f}")
    if answer.fraction is not None:
        whole = str(answer.fraction)
        text.append(f"  = {whole}" if len(whole) <= _LONGEST else "  (exact)", style="dim")
    elif answer.estimate.low < answer.estimate.high:
        text.append(f"  [{answer.estimate.low:.6f}, {answer.estimate.high:.6f}]", style="dim")
    return text
