"""A real MCP server of the official SDK, with a tool for each thing a server can do. Run: ``sample_server.py stdio``."""

import sys
import warnings

import anyio
from mcp.server import MCPServer
from mcp.server.mcpserver import Context

warnings.simplefilter("ignore")
server = MCPServer("sample", instructions="a server to try things on")


@server.tool()
def echo(text: str) -> str:
    """Say it again."""
    return text


@server.tool()
def add(first: int, second: int) -> int:
    """Add two numbers."""
    return first + second


@server.tool()
def fail() -> str:
    """Fail, as tools do."""
    raise ValueError("on purpose")


@server.tool()
async def steps(count: int, context: Context) -> str:
    """Report progress."""
    for step in range(count):
        await context.report_progress(step + 1, count, f"step {step + 1}")
    return "done"


@server.tool()
async def linger(seconds: float) -> str:
    """Take a while."""
    await anyio.sleep(seconds)
    return "lingered"


@server.resource("sample://note")
def note() -> str:
    """A note."""
    return "a note with a — dash"


@server.prompt()
def greet(name: str) -> str:
    """Greet somebody."""
    return f"Greet {name}."


if __name__ == "__main__":
    if sys.argv[1] == "stdio":
        server.run("stdio")
    else:
        import uvicorn

        # a connection nobody uses stays: one that is closed just as it is used again breaks a call
        app = server.streamable_http_app()
        uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), timeout_keep_alive=600)
