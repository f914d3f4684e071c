"""The verbs about a run: run it, hold it, correct it, stop it, say that somebody watches."""
