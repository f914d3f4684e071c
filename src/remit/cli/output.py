"""The only printer: what verbs show on standard output, and what they say on standard error.

Reports go to standard output, progress and errors to standard error, so that ``remit check --json > report.json`` is
always clean. Text from a charter is printed as it is, with control characters made visible: a charter cannot move the
cursor of whoever reads its report.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TextIO

from remit.incentives.legible import visible

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

    from remit.errors import RemitError
    from remit.finding import Finding

__all__ = ["NARROW", "Output"]

NARROW = 96
"""Below this width tables drop what can be read elsewhere."""
_SLIM = 76
_WIDTH_OF_A_FILE = 100
_WIDEST = 110  # lines longer than this are hard to read


@dataclass(slots=True, kw_only=True)
class Output:
    """Where a verb prints.

    ``quiet``: nothing but errors. ``json``: standard output belongs to one JSON document, so reports are not printed.
    ``colour``: false takes every colour away; true leaves it to the terminal.
    """

    quiet: bool = False
    json: bool = False
    colour: bool = True
    _consoles: dict[bool, Console] = field(default_factory=dict)

    @property
    def width(self) -> int:
        """The width reports are laid out for."""
        return self.console().width

    @property
    def narrow(self) -> bool:
        """Whether the report has to do with few columns."""
        return self.width < NARROW

    @property
    def slim(self) -> bool:
        """Whether the report has to do with very few columns: what tables keep is what they are about."""
        return self.width < _SLIM

    @property
    def lively(self) -> bool:
        """Whether somebody watches: a progress bar makes sense on a terminal, and not in a pipeline."""
        return sys.stderr.isatty() and not os.environ.get("CI") and os.environ.get("TERM") != "dumb"

    def console(self, *, errors: bool = False) -> Console:
        """The console behind one of the two streams."""
        from rich.console import Console

        if errors not in self._consoles:
            stream = sys.stderr if errors else sys.stdout
            given = os.environ.get("COLUMNS", "")
            width = int(given) if given.isdigit() and int(given) > 0 else None
            console = Console(
                file=stream,
                no_color=not self.colour or None,
                highlight=False,
                emoji=False,
                soft_wrap=False,
                width=width,
            )
            if width is None:
                console.width = min(console.width, _WIDEST) if stream.isatty() else _WIDTH_OF_A_FILE
            self._consoles[errors] = console
        return self._consoles[errors]

    def show(self, *renderables: RenderableType, errors: bool = False) -> None:
        """Print parts of a report, or with ``errors`` of what is said about the run itself, on standard error."""
        if not self.quiet and (errors or not self.json):
            self._print(*renderables, errors=errors)

    def _print(self, *renderables: RenderableType, errors: bool) -> None:
        """Print on a terminal as it likes; elsewhere without blanks at the ends of lines."""
        console = self.console(errors=errors)
        if console.is_terminal:
            for renderable in renderables:
                console.print(renderable)
            return
        with console.capture() as captured:
            for renderable in renderables:
                console.print(renderable)
        stream = sys.stderr if errors else sys.stdout
        stream.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))
        stream.flush()

    def lines(self, lines: Iterable[Text]) -> None:
        """Print lines of a report as they are: a terminal wraps none of them, a file gets each of them whole."""
        if self.quiet or self.json:
            return
        console = self.console()
        for line in lines:
            if console.is_terminal:
                console.print(line, soft_wrap=True)
            else:
                self.data(f"{line.plain}\n")

    def plain(self, text: str = "") -> None:
        """Print a line of a report as it is."""
        from rich.text import Text

        self.show(Text(visible(text)))

    def data(self, text: str) -> None:
        """Write a document (JSON, SARIF, a schema) to standard output, byte for byte: UTF-8, whatever the locale."""
        if _knows(sys.stdout, text):
            sys.stdout.write(text)
        else:
            sys.stdout.flush()
            sys.stdout.buffer.write(text.encode())
        sys.stdout.flush()

    def document(self, value: Mapping[str, Any]) -> None:
        """Write a JSON document to standard output."""
        import json

        self.data(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")

    def data_line(self, value: Mapping[str, Any]) -> None:
        """Write one line of JSON to standard output."""
        import json

        self.data(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n")

    def notice(self, text: str, style: str = "dim") -> None:
        """Say something about the run itself, on standard error."""
        from rich.text import Text

        if not self.quiet:
            self._say(Text(visible(text), style=style))

    def annotate(self, findings: Iterable[Finding]) -> None:
        """Write findings as annotations of a workflow run, when this is one."""
        if os.environ.get("GITHUB_ACTIONS") != "true" or self.quiet:
            return
        from remit.cli.annotations import annotation

        stream = sys.stderr if self.json else sys.stdout
        for finding in findings:
            stream.write(annotation(finding) + "\n")

    def error(self, message: str, hint: str = "", code: str = "") -> None:
        """Say why the verb could not go on, and what to do next."""
        from rich.text import Text

        text = Text.assemble(("error", "bold red"), f": {visible(message)}")
        if hint:
            text.append("\n  hint: ", style="bold").append(visible(hint))
        if code:
            text.append(f"\n  more: remit explain {code}", style="dim")
        self._say(text)

    def refused(self, error: RemitError) -> None:
        """Print an error remit raised on purpose: every finding it carries, else its message."""
        findings: Iterable[Finding] = getattr(error, "findings", ()) or ()
        found = tuple(findings)
        if not found:
            said = str(error)
            self.error(_in_lines(said) if error.code == "supervisor.not-enforced" else said, error.hint)
            return
        from remit.cli.findings import finding_lines

        for finding in found:
            self._say(finding_lines(finding, more=True))

    def _say(self, text: RenderableType) -> None:
        """Print on standard error, also where the verb is quiet."""
        self._print(text, errors=True)


def _in_lines(message: str) -> str:
    """A message that lists several things with a line for each of them."""
    head, _colon, rest = message.partition(": ")
    parts = rest.split("; ")
    return f"{head}:" + "".join(f"\n  {part}" for part in parts) if len(parts) > 1 else message


def _knows(stream: TextIO, text: str) -> bool:
    """Whether the encoding of a stream has every sign of a text."""
    try:
        text.encode(stream.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
