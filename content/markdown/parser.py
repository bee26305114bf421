"""The Markdown parser with its rules: which dialect a playbook page is written in.

CommonMark with raw HTML off (the `js-default` preset), tables, strikethrough, bare addresses as
links, footnotes, task lists, definition lists, notes (`::: note` and `!!! note "Title"`), math.
One parser a thread: the link finder keeps the state of its last search.
"""

import threading

from markdown_it import MarkdownIt
from mdit_py_plugins.admon import admon_plugin
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.tasklists import tasklists_plugin

from content.markdown import blocks, callouts, inline, links
from content.markdown.code import highlighted
from content.markdown.math import mathml

# Depth of lists, quotes and notes within each other; what is deeper is not shown. People write
# up to six levels.
MAX_NESTING = 40

_local = threading.local()


def parser() -> MarkdownIt:
    """Return this thread's parser."""
    made: MarkdownIt | None = getattr(_local, "parser", None)
    if made is None:
        made = _local.parser = _build()
    return made


def _build() -> MarkdownIt:
    markdown = MarkdownIt("js-default", {"maxNesting": MAX_NESTING, "highlight": highlighted})
    markdown.options["linkify"] = True
    if markdown.linkify is not None:
        # "data.gov" is a name in a sentence as often as an address: only full addresses link.
        markdown.linkify.set({"fuzzy_link": False, "fuzzy_email": False})
    markdown.validateLink = links.is_allowed  # type: ignore[method-assign]  # its documented hook
    _plug(markdown)
    for module in (inline, blocks, callouts, links):
        module.install(markdown)
    return markdown


def _plug(markdown: MarkdownIt) -> None:
    markdown.use(footnote_plugin).use(deflist_plugin).use(tasklists_plugin).use(admon_plugin)
    for kind in callouts.KINDS:
        markdown.use(container_plugin, kind)
    markdown.use(
        dollarmath_plugin,
        allow_labels=False,
        # Prices ("$5 to $10") are commoner in playbooks than formulas.
        allow_space=False,
        allow_digits=False,
        allow_blank_lines=False,
        renderer=mathml,
    )
