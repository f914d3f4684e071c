"""The life of a guarded call: cleared, agreed to, made, settled."""
