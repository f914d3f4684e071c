"""MCP servers named in a settings file: nothing is started, and their secrets are not copied."""

import re
from collections.abc import Iterator

from remit.charter.importers.escaping import one_line
from remit.charter.importers.mcp import shown_command
from remit.charter.importers.source_file import SourceDocument

__all__ = ["looks_secret", "quoted", "server_notes"]

_SECRET = re.compile(r"(?i)(token|secret|passw|api_?key|_key$|credential|auth|dsn|connection_string)")


def looks_secret(name: str) -> bool:
    """Whether the name of a variable says its value is a secret."""
    return _SECRET.search(name) is not None


def server_notes(document: SourceDocument) -> Iterator[str]:
    """One note for each server of ``mcpServers``: how to bring its tools into the charter.

    Raises ``CharterSchemaError`` when the part has another shape.
    """
    servers = document.mapping("mcpServers", document.values.get("mcpServers", {}))
    for name, server in servers.items():
        place = f"mcpServers.{name}"
        table = document.mapping(place, server)
        shown = one_line(name, limit=60)
        if "command" in table:
            words = [
                document.text(f"{place}.command", table["command"]),
                *document.texts(f"{place}.args", table.get("args", [])),
            ]
            yield f"the MCP server `{shown}` was not started: add its tools with --mcp {quoted(shown_command(words))}"
        elif "url" in table:
            yield f"the MCP server `{shown}` is remote (line {document.place(place).line}): its tools are not granted"
        else:
            raise document.wrong(place, f"the server `{shown}` has neither `command` nor `url`")


def quoted(command: str) -> str:
    """A command line as one argument a shell would take."""
    return "'" + command.replace("'", "'\\''") + "'"
