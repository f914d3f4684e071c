"""What requests and queries do: HTTP by host and path, SQL by statement and table."""
