"""The cage: what an agent sees, and the ways to build it around a command."""
