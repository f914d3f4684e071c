"""Scripts the agent was shown and then runs: what such a command does is what stands in them.

``./scripts/post_status.sh success`` says little, but the agent read the script before: it posts a result under the name
of a check. Where an answer showed the text of a script, running it is read as running that text, with what it is
given. What is found so can only add to what the command shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from remit.monitor.event import Event
from remit.monitor.typed.programs import commands_in, is_shell, texts_of

__all__ = ["Displayed"]

_MOST, _LONGEST, _MOST_RUN = 16, 8_000, 4
_SHOWS = re.compile(r"\b(?:cat|head|tail|less|more|bat|sed -n \S+)\b[^;&|\n]*?([\w./-]+)\s*\Z")
_SHELLS = frozenset(("sh", "bash", "zsh", "dash", "source", "."))
_FIRST = re.compile(r"#!\s*/\S*\b(?:ba|z|da|k)?sh\b|#!\s*/usr/bin/env (?:ba|z)?sh\b")


class Displayed:
    """The scripts of one stream that answers showed; bounded."""

    __slots__ = ("_last", "_texts")

    def __init__(self) -> None:
        """Start with nothing shown."""
        self._last = ""
        self._texts: dict[str, str] = {}

    def answered(self, event: Event) -> None:
        """Keep the script an answer ends with, by the file that was asked for last."""
        at = event.text.rfind("#!") if self._last else -1
        if at >= 0 and len(self._texts) < _MOST and _FIRST.match(event.text, at) is not None:
            self._texts[self._last] = event.text[at : at + _LONGEST]

    def run_by(self, event: Event) -> Iterator[Event]:
        """The scripts a call runs that were shown, each as a call of its own with what it is given."""
        if not is_shell(event.tool, event.args):
            return
        texts = list(texts_of(event.args))
        shows = [match[1] for text in texts if (match := _SHOWS.search(text.rstrip())) is not None]
        self._last = shows[-1].rpartition("/")[2] if shows else ""
        if not self._texts:
            return
        found = 0
        for text in texts:
            for words in commands_in(text):
                given = words[1:] if words[0] in _SHELLS else words
                script = self._texts.get(given[0].rpartition("/")[2]) if given else None
                if script is not None and found < _MOST_RUN:
                    found += 1
                    yield replace(event, tool="bash", args={"command": _filled(script, given)})


def _filled(script: str, given: list[str]) -> str:
    """A script with what it is given in the place of its parameters."""
    for at, word in enumerate(given[1:10], start=1):
        script = script.replace(f"${at}", word).replace(f"${{{at}}}", word)
    return script
