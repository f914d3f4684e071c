"""Whether one path of a charter lies below another, told from the text alone.

Nothing is looked up on disk: a charter is judged before its machine exists. A relative root covers relative targets,
``~`` and ``/`` cover what is below them; what cannot be told counts as not covered.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["covered", "covers_path"]

_HOMES = ("$HOME", "${HOME}", "/home", "/Users", "/home/*", "/Users/*")


def _plain(path: str) -> str:
    """A path without ``./``, a closing slash and closing wildcards; home in its short form, here as ``""``."""
    text = path.strip()
    for home in _HOMES:
        if text.rstrip("/") == home or text.startswith(home.rstrip("*") + "/"):
            text = "~" + text[len(home) :]
            break
    while text.endswith(("/**", "/*", "**", "*")):
        text = text.rstrip("*").rstrip("/") or ("/" if text.startswith("/") else "")
    text = text.removeprefix("./")
    if text in (".", "./", ""):
        return ""
    return text if text == "/" else text.rstrip("/")


def covers_path(root: str, target: str) -> bool:
    """Whether ``target`` is ``root`` or lies below it.

    ``.`` covers every relative path, ``..`` too; ``/`` covers everything.
    """
    above, below = _plain(root), _plain(target)
    if above in ("/", below):
        return True
    relative = not below.startswith(("/", "~"))
    if above == "" or set(above.split("/")) == {".."}:
        return relative
    return below.startswith(above + "/")


def covered(root: str, targets: Iterable[str]) -> list[str]:
    """Those targets that are ``root`` or below it, in their order, each once."""
    return [target for target in dict.fromkeys(targets) if covers_path(root, target) or _home_covers(root, target)]


def _home_covers(root: str, target: str) -> bool:
    """Whether a home directory is writable as a whole: instruction files of every project lie below it."""
    return _plain(root) == "~" and not target.startswith("/")
