"""A first charter from a profile: five kinds of agent, each with the authority such an agent should start from."""

from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

from remit.charter.importers.escaping import scalar
from remit.charter.importers.standing import EVIDENCE, HEAD, oversight
from remit.errors import RemitError

__all__ = ["DEFAULT_PROFILE", "PROFILES", "template_text"]

PROFILES: Mapping[str, str] = MappingProxyType(
    {
        "read-only-assistant": "reads and answers; changes nothing",
        "bounded-tool-agent": "a handful of tools, one of which writes to people",
        "coding-agent": "edits and tests code with a shell",
        "multi-agent": "hands work to sub-agents",
        "self-modifying": "proposes changes to its own prompt or tools",
    }
)
DEFAULT_PROFILE = "bounded-tool-agent"
_COVERS = {"multi-agent": ("children",)}  # the profile stands on it
_NAME_LINE = "  name: NAME\n"


def template_text(profile: str, *, name: str | None = None) -> str:
    """The text of a first charter for a profile; ``name`` is the agent's (default: the profile's).

    Raises ``RemitError`` (code ``init.usage``) for a profile that does not exist.
    """
    if profile not in PROFILES:
        raise RemitError(f"`{profile}` is not a profile", code="init.usage", hint=f"profiles are {', '.join(PROFILES)}")
    body = files("remit.charter.importers").joinpath("profiles", f"{profile}.yaml").read_text(encoding="utf-8")
    named = body.replace(_NAME_LINE, f"  name: {scalar(name or profile)}\n", 1)
    parts = (f"{HEAD}\n#\n{named.rstrip()}", oversight(_COVERS.get(profile, ())), EVIDENCE)
    return "\n\n".join(parts) + "\n"
