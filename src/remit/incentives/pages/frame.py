"""The frame of every page: its head, its style sheet, and a policy that lets nothing else in.

The policy allows the page's own style sheet, by digest, and nothing more: no script, no image, no font, no address.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib import resources

from remit.incentives.pages.markup import Markup, element

__all__ = ["framed"]


def framed(title: str, *body: str, made_by: str, styles: Sequence[str], skip: tuple[str, str]) -> str:
    """A whole page.

    ``styles`` are the packages whose ``page.css`` it uses, in order; ``made_by`` is the verb that wrote it; ``skip`` is
    where the first link of the page leads (without ``#``) and what it says.
    """
    style = "".join(resources.files(package).joinpath("page.css").read_text(encoding="utf-8") for package in styles)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="generator", content=made_by),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
        element("style", Markup(style)),
    )
    target, words = skip
    whole = element("body", element("a", words, href=f"#{target}", class_="skip"), *body)
    return f"<!DOCTYPE html>\n{element('html', head, whole, lang='en')}\n"
