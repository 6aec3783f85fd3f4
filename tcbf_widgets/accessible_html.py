"""Mend HTML of docutils and of extensions that would stand in the way of readers who do not see or point."""

from __future__ import annotations

import re

# (what they write, what it should be)
MENDINGS = (
    # The roles of bibliography entries are deprecated, and not allowed where docutils puts them.
    (re.compile(r' role="doc-(?:biblioentry|endnote|footnote)"'), ""),
    # A list whose children are no list items. The ids, numbers and links back remain.
    (re.compile(r'<div role="list" class="citation-list">'), '<div class="citation-list">'),
    (re.compile(r'(<aside class="footnote-list[^"]*") role="list"'), r"\1"),
    # A name that hides the visible text ("Show code") from those who speak it.
    (re.compile(r'<summary aria-label="Toggle hidden content">'), "<summary>"),
    # Boxes of task lists, which nobody can tick, without a name.
    (
        re.compile(r'(<input class="task-list-item-checkbox" checked="checked")'),
        r'\1 aria-label="done"',
    ),
    (re.compile(r'(<input class="task-list-item-checkbox") (?=disabled)'), r'\1 aria-label="to do" '),
)


def mend(html: str) -> str:
    """Return the body of a page with all mendings made.

    >>> mend('<div class="citation" id="id4" role="doc-biblioentry">')
    '<div class="citation" id="id4">'
    """
    for pattern, replacement in MENDINGS:
        html = pattern.sub(replacement, html)
    return html


def mend_page(app, pagename, templatename, context, doctree) -> None:
    """Mend a page before it is set into its template."""
    if "body" in context:
        context["body"] = mend(context["body"])


def setup(app) -> None:
    """Connect to Sphinx (called by `tcbf_widgets.book`)."""
    app.connect("html-page-context", mend_page, priority=800)
