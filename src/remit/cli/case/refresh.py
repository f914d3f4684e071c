"""``remit case refresh``: the charter changed, or another build is to be released, and the case says so."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from remit.cli.case.init import SubjectParts, subject_from
from remit.cli.case.options import CaseOption, locate_case
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output

__all__ = ["refresh"]


def refresh(
    *,
    subject: SubjectParts = None,
    case: CaseOption = None,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Write what is to be released into the case: the charter as it is now, and any other part that is named.

    Evidence about what was there before counts no more, and signatures say nothing of the new argument: it lists both.
    It also lists what a case written now would say otherwise; the words of yours are left.

    \b
    Examples:
      remit case refresh
      remit case refresh --subject model=acme-large@2026-11

    \b
    Exit code: 0 written (or nothing changed), 2 usage, 3 the charter or the case cannot be read.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    from remit.assurance.editing import edit_case_file
    from remit.assurance.reader import read_case

    output = Output(quiet=quiet, json=json, colour=not no_color)
    path = locate_case(case)
    held = read_case(path)
    wanted: dict[str, object] = {
        **held.subject,
        **_charter(path, held.charter, held.subject),
        **subject_from(subject or ()),
    }
    changed = sorted(key for key, value in wanted.items() if held.subject.get(key) != value)
    before = _counting(path)
    if changed:
        edit_case_file(path, lambda text: _with_subject(text, {key: wanted[key] for key in changed}))
    lost = sorted(before - _counting(path))
    otherwise = _otherwise(path) if changed else {}
    if json:
        output.document({"schema": "remit.case.refresh/1", "version": 1, "changed": changed, "subject": wanted,
                         "no_longer_counts": lost, "worded_otherwise": otherwise})  # fmt: skip
    if not changed:
        output.notice("nothing changed: the case speaks of what is there")
        return
    output.notice(f"changed: {', '.join(changed)}", "bold")
    for name in lost:
        output.notice(f"{name} counts no more: it is about what was there before")
    for name, words in otherwise.items():
        output.notice(f"{name} is left as it is; a case written now {words}")
    if held.approvals:
        output.notice("signatures of the old argument say nothing of this one")


def _with_subject(text: str, changed: dict[str, object]) -> str:
    """The text with parts of the subject changed; a case without a subject gets one."""
    from remit.assurance.editing import set_fields
    from remit.assurance.reader import parse_case

    if not parse_case(text).subject:
        return set_fields(text, "case", "", {"subject": changed})
    return set_fields(text, "case", "subject", changed)


def _charter(path: Path, name: str, subject: Mapping[str, str]) -> dict[str, str]:
    """The digest of the charter as it is now, and of its bytes where the case states that."""
    import hashlib

    from remit.charter.reader import read_charter

    place = path.parent / name
    found = {"charter": read_charter(place).digest}
    if "charter_file" in subject:
        found["charter_file"] = f"sha256:{hashlib.sha256(place.read_bytes()).hexdigest()}"
    return found


def _otherwise(path: Path) -> dict[str, str]:
    """What a case that is written now, of the same profile, says otherwise of hazards, claims and doubts, by id.

    Nothing of it is changed: the words may be a person's own. Empty where the profile is not one of ours.
    """
    from remit.assurance.profiles import PROFILES, draft_case
    from remit.assurance.reader import parse_case, read_case
    from remit.charter.reader import read_charter
    from remit.clock import SystemClock

    held = read_case(path)
    if held.profile.partition("@")[0] not in PROFILES:
        return {}
    charter = read_charter(path.parent / held.charter)
    subject = {key: said for key, said in held.subject.items() if not key.startswith("charter")}
    today = SystemClock().now().date()
    drafted = parse_case(draft_case(charter, profile=held.profile, today=today, owner=held.owner, subject=subject))
    pairs = ((held.hazards, drafted.hazards), (held.claims, drafted.claims), (held.defeaters, drafted.defeaters))
    found: dict[str, str] = {}
    for old, new in pairs:
        has, wants = ({name: part.text for name, part in side.items()} for side in (old, new))
        for name in sorted({*has, *wants}):
            if name not in has:
                found[name] = f"has it too: {wants[name]}"
            elif name in wants and has[name] != wants[name]:
                found[name] = f"says: {wants[name]}"
    return found


def _counting(path: Path) -> set[str]:
    """The evidence of a case that counts today."""
    from remit.assurance.looking import look
    from remit.assurance.reader import read_case
    from remit.assurance.weighing.standing import objections
    from remit.clock import SystemClock

    clock = SystemClock()
    case = read_case(path)
    seen = look(case, clock=clock)
    return {item.id for item in case.evidence.values() if not objections(item, seen.get(item.id), case, clock.now())}
