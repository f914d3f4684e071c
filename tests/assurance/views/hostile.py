"""Text that wants to be more than text, and pages taken apart."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

from tests.assurance.cases import assessed, decided, observed, random_case, rewritten

from remit.assurance.case import Case
from remit.assurance.release.verdict import Release, Verdict
from remit.assurance.weighing.assessment import Assessment, Observed

HOSTILE = (
    '"><script>document.title="owned"</script>',
    "'><img src=x onerror=\"document.title='owned'\">",
    "</style></title></textarea><svg/onload=document.title='owned'>",
    "<a href=javascript:document.title='owned'>x</a><iframe srcdoc='<script>1</script>'>",
    "--><!--]]><![CDATA[<details open ontoggle=\"document.title='owned'\">",
    "`]\n```\n\n# heading\n\n![x](https://evil.example/x.png) [y](javascript:alert(1)) @everyone #1 | a | www.evil.example",
    '"]\nclick n1 href "javascript:alert(1)"\nend\nsubgraph x %%{init: {"securityLevel":"loose"}}%%',
    'x"\n"G-owned":\n  text: "y"\n# &anchor *alias !!python/object:os.system [a, b] {c: d}',
    "\x00\x1b[31m\x85\u2028\u202e\u2066\ufeff\uffff\ud800 {{7*7}} ${jndi:ldap://evil.example} %0a&#x3c;&lt;",
    "W" * 3000 + "字" * 2000,
)


class Parts(HTMLParser):
    """The elements of a page, the names of their attributes, its ids, links and text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: Counter[str] = Counter()
        self.attributes: Counter[tuple[str, str]] = Counter()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self.order: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.tags[tag] += 1
        self.order.append((tag, dict(attrs)))
        for name, value in attrs:
            self.attributes[tag, name] += 1
            if name == "id":
                self.ids.append(value or "")
            if name == "href":
                self.links.append(value or "")

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.words.append(data)

    @property
    def text(self) -> str:
        """All text of the page on one line."""
        return " ".join("".join(self.words).split())


def state(
    seed: int, *, claims: int = 6, verdict: Verdict = Verdict.HOLD
) -> tuple[Assessment, Release, dict[str, Observed]]:
    """A case with all that views are made of."""
    case = random_case(seed, claims=claims)
    assessment = assessed(case, seed)
    return assessment, decided(assessment, verdict), observed(case)


def poisoned(payload: str, seed: int, *, claims: int = 6) -> tuple[Assessment, Release, dict[str, Observed]]:
    """The same with something added to every text there is, in the case, its records, findings and reasons."""

    def change(text: str) -> str:
        return text + payload if text else text

    assessment, release, found = state(seed, claims=claims)
    case: Case = rewritten(assessment.case, change)
    nodes = {change(name): rewritten(node, change) for name, node in assessment.nodes.items()}
    roots = tuple(change(name) for name in assessment.roots)
    bad = replace(assessment, case=case, nodes=nodes, roots=roots, findings=rewritten(assessment.findings, change))
    return bad, rewritten(release, change), {change(name): rewritten(item, change) for name, item in found.items()}
