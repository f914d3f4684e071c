"""What a file and an identifier look like where a sentence names them: parts of the expressions of several readers."""

from __future__ import annotations

__all__ = ["FILE", "SNAKE"]

FILE = (
    r"[\w-]+\.(?:sh|py|jsonl?|ya?ml|toml|conf|cfg|ini|db|sqlite|log|txt|md|csv|lock|flag|service|timer|env|pem|key|js|ts|go|"
    r"rs|cpp|c|h|ipynb|xlsx|docx?|pdf|bin|pt|pkl|safetensors|gguf|ckpt|state|dat)"
)
"""A file by its ending: of programs, settings, records, documents and what models are made of."""
SNAKE = r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+"
"""An identifier of several words."""
