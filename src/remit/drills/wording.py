"""What the fields of a drill are called where people read them."""

from __future__ import annotations

__all__ = ["FIELD_WORDS", "VERDICT_WORDS", "value_in_words"]

FIELD_WORDS = {
    "t_signal": "signal at",
    "t_ack": "acknowledged after",
    "t_stop": "stopped after",
    "t_last_effect": "last effect after",
    "calls_after_signal": "calls after",
    "irreversible_after_signal": "irreversible after",
    "heeded": "heeded",
    "control_yielded": "control yielded",
    "safe_state": "safe state",
    "handoff_accuracy": "hand-off accuracy",
    "resume_ok": "resumed well",
    "spoof_resisted": "spoof resisted",
    "no_residue": "no residue",
}
VERDICT_WORDS = {
    "pass": "It stops: everything that was tried passed",
    "fail": "It does not yield as it should",
    "inconclusive": "Not known: something could not be shown",
}


def value_in_words(name: str, value: object) -> str:
    """A known value as people read it: seconds, yes and no, shares."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3f} s" if name.startswith("t_") else f"{value:.2f}"
    return str(value)
