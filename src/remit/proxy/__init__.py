"""The charter in front of any MCP server: every call of a tool is decided, recorded and only then sent on."""
