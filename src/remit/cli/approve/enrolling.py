"""Making an overseer known: a key of their own, and where they hear of questions."""

from __future__ import annotations

import os
import secrets
from typing import Any

from remit.cli.output import Output

__all__ = ["enrol_overseer"]


def enrol_overseer(output: Output, name: str, *, public_key: str | None, webhook: str | None) -> None:
    """Make a key for an overseer, or take in the public half of one, and keep where they hear of questions.

    A webhook may be set for somebody who has a key. Raises ``ApprovalRefusedError`` where one of it cannot be done.
    """
    from remit.guard.approvals.identity import Overseers, fingerprint
    from remit.guard.approvals.webhook import Webhook
    from remit.ledger.places import state_folder

    overseers = Overseers(state_folder(os.environ) / "overseers")
    hook = None if webhook is None else Webhook(url=webhook, secret=secrets.token_hex(32))
    known = name in overseers.known() and hook is not None and public_key is None
    key = overseers.public(name) if known else overseers.enrol(name, public=public_key)
    document: dict[str, Any] = {"overseer": name, "public": key.text(), "fingerprint": fingerprint(key)}
    if hook is not None:
        hook.write(overseers.folder / f"{name}.webhook")
        document["webhook"] = {"url": hook.url, "secret": hook.secret}
    if output.json:
        output.document({"schema": "remit.enrol/1", "version": 1, **document})
        return
    output.plain(f"{'known' if known else 'enrolled'}  {name}  {key.text()}")
    if public_key is None and not known:
        output.plain(f"whoever can read this file is `{name}`:\n{overseers.folder / f'{name}.key'}")
    if hook is not None:
        output.plain(f"questions go to {hook.url}, signed with this secret, shown once:\n{hook.secret}")
