"""What a call brings about opens the grants that need it: for this run, and only once it was performed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import anyio
import pytest
from tests.guard.desk import Desk, charter_of

from remit.errors import DeniedError
from remit.guard.call import Call

GRANTS = [
    {"tool": "crm.read", "effects": ["info.tickets"]},
    {"tool": "crm.forget", "effects": ["not info.tickets"]},
    {"tool": "mail.draft", "needs": ["info.tickets"], "effects": ["out.drafted"]},
]
READ, FORGET, DRAFT = (str(grant["tool"]) for grant in GRANTS)


def broken(_args: Mapping[str, object]) -> str:
    """A callable that fails."""
    raise OSError("the line is down")


@pytest.mark.requirement("GUARD-15")
@pytest.mark.parametrize(
    ("before", "allowed"),
    [([], False), ([READ], True), ([READ, FORGET], False), ([READ, FORGET, READ], True), ([FORGET], False)],
)
def test_a_grant_that_needs_a_fact_opens_once_a_call_brought_it_about(
    tmp_path: Path, before: list[str], *, allowed: bool
) -> None:
    desk = Desk(folder=tmp_path, charter=charter_of(grants=GRANTS))

    async def main() -> None:
        async with desk.guard() as guard:
            for tool in before:
                await guard.perform(Call(tool=tool), desk.do)
            await guard.perform(Call(tool=DRAFT), desk.do)

    if allowed:
        anyio.run(main)
        assert len(desk.ran) == len(before) + 1
    else:
        with pytest.raises(DeniedError) as refused:
            anyio.run(main)
        assert "info.tickets" in refused.value.message
        assert len(desk.ran) == len(before)


@pytest.mark.requirement("GUARD-15")
def test_a_call_that_failed_brings_nothing_about_and_another_run_knows_nothing_of_it(tmp_path: Path) -> None:
    desk = Desk(folder=tmp_path, charter=charter_of(grants=GRANTS))

    async def read(*, fails: bool) -> None:
        async with desk.guard() as guard:
            if fails:
                with pytest.raises(OSError, match="down"):
                    await guard.perform(Call(tool=READ), broken)
            else:
                await guard.perform(Call(tool=READ), desk.do)
                return
            await guard.perform(Call(tool=DRAFT), desk.do)

    async def draft() -> None:
        async with desk.guard() as guard:
            await guard.perform(Call(tool=DRAFT), desk.do)

    with pytest.raises(DeniedError):
        anyio.run(lambda: read(fails=True))
    anyio.run(lambda: read(fails=False))
    with pytest.raises(DeniedError):
        anyio.run(draft)
