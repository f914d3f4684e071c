"""The generated pages of the reference: every verb with its options, and every code with what it means."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from remit.cli.main import app
from remit.cli.rules import RuleEntry, every_rule

__all__ = ["command_page", "rule_page"]

_COMMANDS = """\
# The command line

<!-- written by scripts/write_reference_pages.py; edit the verbs in src/remit/cli instead -->

Exit codes of every verb: 0 yes · 1 no · 10 unknown, which is never a pass · 2 usage · 3 unreadable input · 4 could
not · 130 interrupted · 141 whoever read the output left before its end.
Every option can be set through the environment variable beside it; `NO_COLOR` and `CI` are honoured, and `--no-color`
may stand before the verb too. Reports go to standard output, progress and errors to standard error. A shell completes
verbs, options and the names they take (behaviours, organisms, drives, profiles) after `remit --install-completion`.
"""
_RULES = """\
# Findings

<!-- written by scripts/write_reference_pages.py; edit the rules where they are defined instead -->

A code keeps its meaning across releases. `remit explain CODE` prints the same words.
"""
_FAMILIES = {
    "form": ("The charter cannot be read",
        "Faults of form: each is an error, and nothing else is said until it is mended.",
    ),
    "lint": ("What the text says",
        "Read off the charter without computing anything; `remit check --lint-only` stops here.",
    ),
    "reading": ("What was computed",
        "Readings that need attention; see [what a reading means](../explain/what-a-reading-means.md).",
    ),
    "case": ("What is wrong with a safety case, and why its gate does not open",
        "Faults of the document, and how it stands; see [how to show a safety case](../how-to/show-a-safety-case.md).",
    ),
    "incident": ("What is wrong with an incident record",
        "Faults of a record; see [how to record an incident](../how-to/record-an-incident.md).",
    ),
}  # fmt: skip


def command_page() -> str:
    """Every verb, its help, its arguments and its options, as Markdown."""
    parts = [_COMMANDS]
    for name, command in _verbs(typer.main.get_command(app)):
        help_text = command.help.replace("\b\n", "")
        parts.append(f"## remit {name}\n\n```text\n{help_text.strip()}\n```\n")
        rows = [_parameter(parameter) for parameter in command.params if parameter.name != "help"]
        parts.append("| option | what it does | environment | default |\n| --- | --- | --- | --- |\n" + "".join(rows))
    return "\n".join(parts)


def _verbs(group: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every verb with its whole name, those of a group behind the group's own."""
    for name, command in sorted(group.commands.items()):
        yield f"{prefix}{name}", command
        if hasattr(command, "commands"):
            yield from _verbs(command, f"{prefix}{name} ")


def _parameter(parameter: Any) -> str:
    """One argument or option as a row of a table."""
    words = [name for name in (*parameter.opts, *parameter.secondary_opts) if name.startswith("-")]
    metavar = parameter.metavar or ""
    name = " ".join([", ".join(words), metavar]).strip() if words else metavar
    default = parameter.default
    shown = "" if default is None or isinstance(default, bool | list | tuple) or callable(default) else f"`{default}`"
    variable = f"`{parameter.envvar}`" if parameter.envvar else ""
    return f"| `{_cell(name)}` | {_cell(parameter.help or '')} | {variable} | {shown} |\n"


def rule_page() -> str:
    """Every code by family, as Markdown."""
    parts = [_RULES]
    rules = every_rule()
    for family, (title, introduction) in _FAMILIES.items():
        parts.append(f"## {title}\n\n{introduction}\n")
        parts += [_rule(rule) for rule in rules if rule.family == family]
    return "\n".join(parts)


def _rule(rule: RuleEntry) -> str:
    """One code with its anchor, severity and help."""
    head = f'### <a id="{rule.code.lower()}"></a>{rule.code}: {rule.title}\n\n*{rule.severity.value}.* {rule.help}\n'
    if not rule.fires:
        return head
    return f"{head}\nSpeaks up:\n\n```yaml\n{rule.fires}\n```\n\nSilent:\n\n```yaml\n{rule.silent}\n```\n"


def _cell(text: str) -> str:
    """Text that can stand in a cell of a table."""
    return " ".join(text.replace("|", "\\|").split())
