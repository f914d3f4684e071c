"""The verbs about a charter, and their screens: check, explain, diff, init, demo."""
