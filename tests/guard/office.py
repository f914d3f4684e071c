"""The tools of the executor tests, as an owner would write them: this module is loaded in the executor only."""

from __future__ import annotations

import os
import time
from pathlib import Path


def issue(amount: float, order: str) -> dict[str, object]:
    """Say what was issued, with the secret only this process knows, and in which process."""
    return {"amount": amount, "order": order, "secret": os.environ.get("OFFICE_SECRET", ""), "pid": os.getpid()}


async def add(text: str) -> str:
    """An async tool; some notes have effects of their own."""
    if text.startswith("sleep "):
        Path(text.removeprefix("sleep ")).write_text("begun", encoding="utf-8")  # noqa: ASYNC240 - as below
        time.sleep(60)  # noqa: ASYNC251 - a tool that blocks is what the test is about
    if text == "die":
        os._exit(3)
    if text == "raise":
        raise LookupError("no such note")
    return f"noted {text}"


TOOLS = {"refunds.issue": issue, "note.add": add}
