"""MCP over streamable HTTP: the side a client speaks to, and the side that speaks to a remote server."""
