"""The incidents of a case, one line each with what it comes to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from remit.cli.exits import ExitCode
from remit.cli.findings import count
from remit.errors import IncidentError

if TYPE_CHECKING:
    from remit.cli.output import Output

__all__ = ["show_incidents"]

_MOST = 1000
_SCHEMA = "remit.incident/"
_START = 4096  # bytes: comments may stand before the first key


def show_incidents(folder: Path | None, output: Output) -> None:
    """List the records of a folder; leave with 3 where one of them cannot be read.

    A folder that was named, or is called ``incidents``, holds records and nothing else. Elsewhere charters and cases
    lie beside them: what does not say that it is a record is counted and left out.
    """
    where, kept_for_them = _folder(folder)
    found = sorted(path for path in where.glob("*") if path.suffix in (".yaml", ".yml") and path.is_file())
    files = found if kept_for_them else [path for path in found if _says_so(path)]
    if len(files) < len(found):
        output.notice(f"{count(len(found) - len(files), 'YAML file')} left out: without `schema: {_SCHEMA}1`")
    rows = [_row(path, output) for path in files[:_MOST]]
    if output.json:
        document = {"folder": str(where), "incidents": [row for row in rows if row is not None]}
        output.document({"schema": "remit.incidents/1", "version": 1, **document, "unreadable": rows.count(None)})
    elif not files:
        output.plain(f"no incident record in {where}")
        output.plain("draft one from a run: remit incident draft --run RUN > incidents/I-1.yaml")
    else:
        _table([row for row in rows if row is not None], output)
    if len(files) > _MOST:
        output.error(f"only the first {_MOST} of {len(files)} records were read")
    raise typer.Exit(ExitCode.UNREADABLE if None in rows or len(files) > _MOST else ExitCode.YES)


def _folder(given: Path | None) -> tuple[Path, bool]:
    """The folder that was named, else `incidents` beside the nearest case, else here; and whether it is for records."""
    if given is not None:
        if not given.is_dir():
            raise typer.BadParameter(f"`{given}` is not a folder")
        return given, True
    from remit.assurance.reader import find_case

    case = find_case(Path.cwd())
    beside = (Path.cwd() if case is None else case.parent) / "incidents"
    return (beside, True) if beside.is_dir() else (Path.cwd(), False)


def _says_so(path: Path) -> bool:
    """Whether a file says that it is a record of an incident; one that cannot be opened may be one."""
    try:
        with path.open("rb") as file:
            start = file.read(_START).decode("utf-8", "replace")
    except OSError:
        return True
    return any(line.startswith(("schema:", '"schema":')) and _SCHEMA in line for line in start.splitlines())


def _row(path: Path, output: Output) -> dict[str, Any] | None:
    """One record with what it comes to; ``None`` where it cannot be read, which is said."""
    from remit.assurance.incidents import derive, read_incident

    try:
        incident = read_incident(path)
    except IncidentError as error:
        output.refused(error)
        return None
    derived = derive(incident)
    return {
        "file": str(path),
        "id": incident.id,
        "date": incident.date,
        "title": incident.title,
        "class": derived.found,
        "instrumental": derived.instrumental,
        "severity": derived.severity,
        "undercuts": list(incident.undercuts),
    }


def _table(rows: list[dict[str, Any]], output: Output) -> None:
    """The records, the latest first."""
    from rich.table import Table
    from rich.text import Text

    from remit.incentives.legible import visible

    table = Table.grid(padding=(0, 2))
    for row in sorted(rows, key=lambda row: (row["date"], row["id"]), reverse=True):
        cells = [row["date"], row["id"], row["severity"], row["class"], f"instrumental {row['instrumental']}"]
        table.add_row(*(Text(visible(cell)) for cell in cells), Text(visible(row["title"]), style="dim"))
    output.show(table)
