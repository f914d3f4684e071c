"""A draft written out as a charter a newcomer can read from top to bottom.

Every line that is a guess, a default or a placeholder says so beside it. The text is plain ASCII syntax around
escaped foreign text, so nothing a server says can become structure.
"""

from collections.abc import Iterator, Sequence

from remit.charter.context import CONTEXT, ContextKey
from remit.charter.importers.drafting import OWNER, Draft, DraftCredential, DraftGrant, DraftLimit
from remit.charter.importers.escaping import comment, one_line, scalar
from remit.charter.importers.standing import EVIDENCE, HEAD, oversight
from remit.charter.unsaid import MATTERS
from remit.charter.wording import PLACEHOLDER

__all__ = ["PURPOSE_PLACEHOLDER", "assemble"]

PURPOSE_PLACEHOLDER = f"{PLACEHOLDER}: what the agent is for, in one sentence; done when ..."

_NETWORKED = ("shell", "http", "browser", "packages", "cloud", "ci", "containers")
_FILED = ("shell", "files", "git", "packages", "ci", "containers")
_REMEMBERS = ("memory",)
_ALWAYS = ("rules", "log_immutable", "task_queue")  # instructions, the record, and where new tasks come from
_OPENED_TO = {  # which kinds lead to what a fact opens, beyond those the note on what is unsaid asks about
    "metadata_service": ("http", "browser", "shell", "containers"),
    "patched": ("http", "browser", "shell", "files", "packages", "containers", "mcp"),
    "public_sharing": ("files", "cloud"),
    "self_readable": ("files",),
    "scheduler": ("scheduler", "cloud", "shell"),
    "backup_immutable": ("cloud", "database", "files"),
}


def assemble(draft: Draft) -> str:
    """The draft as the text of a charter: commented, complete, and ready to be read by ``parse_charter``."""
    parts = (
        _head(draft),
        _agent(draft),
        _purpose(draft),
        _overseers(),
        _servers(draft.servers),
        _credentials(draft.credentials),
        _memory(draft),
        _budget(draft),
        _runtime(draft),
        _grants(draft.grants),
        _notes(draft.notes),
        _limits(draft.limits),
        oversight().splitlines(),
        EVIDENCE.splitlines(),
        _surroundings(draft),
    )
    return "\n\n".join("\n".join(lines) for lines in map(list, parts) if lines) + "\n"


def _head(draft: Draft) -> Iterator[str]:
    """The modeline, where this came from, and what to do with it."""
    yield from HEAD.splitlines()
    yield "#"
    for source in draft.sources:
        yield from comment(source)


def _kinds(draft: Draft) -> set[str]:
    """The tool kinds the draft holds."""
    return {grant.kind for grant in draft.grants if grant.kind}


def _agent(draft: Draft) -> Iterator[str]:
    """Who acts: the facts the importer knows, and the question only a person can answer."""
    yield "remit: 1"
    yield "agent:"
    yield f"  name: {scalar(draft.name)}"
    yield "  plans: true         # it works out several steps ahead; most agents do"
    yield "  model: any          # or the model's name, to tie this charter to it"
    for fact, value in sorted(draft.facts.items()):
        yield f"  {fact}: {scalar(value)}"
    yield "  reviewed: never     # who reads along: per-call, per-plan, per-run, sampled or never; raise it once true"


def _purpose(draft: Draft) -> Iterator[str]:
    """What it is for: a sentence to replace and an outcome to name."""
    yield "purpose:"
    yield f"  text: {scalar(PURPOSE_PLACEHOLDER)}"
    done = any("out.done" in grant.effects for grant in draft.grants)
    if done:
        yield "  task:               # what counts as success; `out.done` stands for it until you name a better outcome"
        yield "    - {when: out.done, value: 1}"
    else:
        yield "  task: []            # what counts as success, for example {when: out.done, value: 1}"
    yield "  retask: []          # another task an overseer may legitimately switch it to, written the same way"


def _overseers() -> Iterator[str]:
    """The one person a draft starts with."""
    yield "overseers:            # people, never agents"
    yield f"  {OWNER}: {{channels: [cli]}}"


def _servers(servers: Sequence[tuple[str, str]]) -> Iterator[str]:
    """The servers the tools live on, as they were started to list them."""
    if not servers:
        return
    yield "servers:              # `remit run` starts them, each in a cage of its own, and guards every call"
    for name, command in servers:
        hidden = "  # fill in what was left out" if "REDACTED" in command else ""
        yield f"  {name}: {scalar(command)}{hidden}"


def _credentials(credentials: Sequence[DraftCredential]) -> Iterator[str]:
    """The secrets the agent is handed."""
    if not credentials:
        return
    yield "credentials:          # secrets the agent, or a server it uses, is handed; an hour is a first guess"
    for credential in credentials:
        note = f"  # {one_line(credential.note)}" if credential.note else ""
        yield f"  {credential.name}: {{from: {scalar(credential.source)}, ttl: 1h}}{note}"


def _memory(draft: Draft) -> Iterator[str]:
    """What may outlast a run: only where a tool for it is held."""
    if _kinds(draft).intersection(_REMEMBERS):
        yield "memory: {namespaces: [notes], writes: reviewed, survives: run}  # a person reads what it wants to keep"
    else:
        yield "memory: {namespaces: [], writes: none, survives: run}  # nothing outlasts a run"


def _budget(draft: Draft) -> Iterator[str]:
    """How much it may use up."""
    yield "budget:               # first guesses: set them just above what the task needs"
    yield "  calls: 200/run"
    yield "  wall: 1h"
    if any(grant.budget == "messages" for grant in draft.grants):
        yield "  messages: 20/hour   # messages to people"
    if any(grant.budget == "changes" for grant in draft.grants):
        yield "  changes: 50/run     # calls that change the cloud"
    if any("money.spend" in grant.effects for grant in draft.grants):
        yield "  money: 0 EUR/day    # nothing can be spent until you raise this"
    spawns = any("agent.spawn" in grant.effects for grant in draft.grants)
    yield f"  agents: {2 if spawns else 0}           # sub-agents it may start"


def _runtime(draft: Draft) -> Iterator[str]:
    """Where it runs."""
    networked = sorted(_kinds(draft).intersection(_NETWORKED))
    yield "runtime:"
    filed = [grant for grant in draft.grants if grant.kind in _FILED or grant.kind is None]
    reads = draft.reads if filed else ()
    writes = draft.writes if any("data.write" in grant.effects for grant in filed) else ()
    beside = "  # keep this charter outside `write`" if writes else ""
    yield f"  filesystem: {{read: {scalar(reads)}, write: {scalar(writes)}}}{beside}"
    if draft.hosts:
        yield f"  network: {{hosts: {scalar(draft.hosts)}}}"
    elif networked:
        yield f"  # {', '.join(networked)} tools reach the network: until hosts are listed, every host counts"
        yield "  # network: {hosts: [...]}"
    else:
        yield "  network: {hosts: []}  # none"
    yield "  memory: 2GiB"
    yield "  processes: 64"
    yield "  # ephemeral: true   # true when every run gets a new machine or container"


def _grants(grants: Sequence[DraftGrant]) -> Iterator[str]:
    """What it may use, one tool at a time; a note that was already given is not repeated."""
    if not grants:
        yield "grants: []            # nothing is granted yet"
        return
    yield "# What it may use. What is not here is denied."
    yield "grants:"
    told: set[str] = set()
    origin = ""
    for grant in grants:
        if grant.origin != origin:
            yield from comment(f"-- {grant.origin}", indent=2)
            origin = grant.origin
        for line in _grant(grant):
            body, mark, note = line.partition("  # ")
            repeated = bool(mark) and note in told and bool(body.strip()) and not body.lstrip().startswith("effects")
            yield body if repeated else line
            told.add(note)


def _grant(grant: DraftGrant) -> Iterator[str]:
    """One grant under its comments."""
    if grant.about:
        yield from comment(f'"{one_line(grant.about)}"', indent=2)
    for remark in grant.remarks:
        yield from comment(f"- {remark}", indent=2)
    yield f"  - tool: {scalar(grant.tool)}"
    if grant.kind:
        yield f"    kind: {grant.kind}"
    elif grant.kind_note:
        yield from comment(f"kind: {grant.kind_note}", indent=4)
    if grant.args:
        yield "    args:"
    for argument in grant.args:
        parts = ", ".join(f"{key}: {scalar(value)}" for key, value in argument.constraint.items())
        yield f"      {scalar(argument.name)}: {{{parts}}}" + _beside(argument.note)
    for key, value, note in (
        ("when", grant.when, ""),
        ("budget", grant.budget, ""),
        ("ask", grant.ask[0] if len(grant.ask) == 1 else grant.ask, grant.ask_note),
        ("needs", grant.needs, "it looks before it acts, which makes reading part of the task"),
        ("effects", grant.effects, grant.claims),
        ("pinned", grant.pinned, ""),
    ):
        if value:
            yield f"    {key}: {scalar(value)}" + _beside(note)


def _surroundings(draft: Draft) -> Iterator[str]:
    """Facts about the surroundings the readings depend on, left open: only a person knows them."""
    yield "# What is true around it. Unsaid counts as unsafe; take a line in once it is true."
    yield "# context:"
    for key in _bearing(_kinds(draft)):
        value = scalar(key.safe)
        negated = isinstance(key.unsafe, bool) and key.unsafe
        yield f"#   {f'{key.id}: {value}':<26}# {'it is not so that ' if negated else ''}{key.meaning}"


def _bearing(kinds: set[str]) -> Iterator[ContextKey]:
    """The facts about systems outside the charter that bear on tools of these kinds, those of every charter first."""
    plain = {key.id: key for key in CONTEXT if key.field == "context"}
    yield from (plain[name] for name in _ALWAYS)
    for name, key in plain.items():
        if name not in _ALWAYS and kinds.intersection((*MATTERS.get(name, ()), *_OPENED_TO.get(name, ()))):
            yield key


def _beside(note: str) -> str:
    """A comment after a value, or nothing."""
    return f"  # {one_line(note)}" if note else ""


def _notes(notes: Sequence[str]) -> Iterator[str]:
    """What the importer could not translate."""
    if not notes:
        return
    yield "# Not translated. Nothing below is granted or forbidden by this charter:"
    for note in notes:
        yield from comment(f"- {note}")


def _limits(limits: Sequence[DraftLimit]) -> Iterator[str]:
    """What is never done."""
    yield "# What is never done. A limit always beats a grant."
    yield "limits:"
    yield "  - {effect: oversight.*, why: never touch the controls}"
    yield '  - {effect: self.*, why: "never restart, copy or change itself"}'
    for limit in limits:
        pairs = (("effect", limit.effect), ("tool", limit.tool), ("when", limit.when), ("why", limit.why))
        yield "  - {" + ", ".join(f"{key}: {scalar(value)}" for key, value in pairs if value is not None) + "}"
