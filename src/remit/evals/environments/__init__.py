"""The worlds of evaluations: each one object, its state a mapping of JSON values."""
