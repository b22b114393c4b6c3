"""What people wrote as HTML that can do nothing: Markdown, reStructuredText, plain text.

Whatever the renderer makes goes through one sanitiser; images are not loaded, since that would
tell their host who reads the page.
"""

from functools import cache
from typing import TYPE_CHECKING, Literal

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

Kind = Literal["markdown", "rst", "plain"]

LONGEST = 256 * 1024
"""Characters that are rendered; the rest is cut off."""

_TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "cite", "code", "dd", "del", "details", "div", "dl"),
    *("dt", "em", "h2", "h3", "h4", "h5", "h6", "hr", "i", "ins", "kbd", "li", "ol", "p", "pre"),
    *("q", "s", "samp", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot"),
    *("th", "thead", "tr", "tt", "u", "ul", "var"),
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}


def kind_of(content_type: str) -> Kind:
    """What a `Description-Content-Type` means; without one it is reStructuredText, as on PyPI."""
    main = content_type.partition(";")[0].strip().lower()
    if main == "text/markdown":
        return "markdown"
    return "rst" if main in ("", "text/x-rst") else "plain"


def rendered(text: str, kind: Kind, *, below: int = 2) -> Markup:
    """Text as HTML; what cannot be rendered is shown as it was written.

    Its headings come after one of level `below`, none of them left out between.
    """
    text = text[:LONGEST]
    found: str | None
    match kind:
        case "markdown":
            found = _markdown(text, below)
        case "rst":
            found = _rst(text)
        case "plain":
            found = None
    if found is None:
        return Markup('<pre class="written">{}</pre>').format(text)
    return Markup(_clean(found))


def _clean(html: str) -> str:
    import nh3

    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noreferrer",
        strip_comments=True,
        clean_content_tags={"script", "style", "svg", "math", "iframe", "object", "template"},
        allowed_classes={},
    )


def _markdown(text: str, below: int) -> str:
    parser = _parser()
    tokens = parser.parse(text)
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    levels = sorted({token.tag for token in headings})
    for token in headings:
        token.tag = f"h{min(levels.index(token.tag) + below + 1, 6)}"
    rendered: str = parser.renderer.render(tokens, parser.options, {})
    return rendered


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    made = MarkdownIt("gfm-like", {"html": True, "linkify": False, "maxNesting": 40})
    made.add_render_rule("image", _image)
    return made


def _image(self: object, tokens: list[object], index: int, *rest: object) -> str:
    """An image by its words, as a link to it."""
    token = tokens[index]
    words = getattr(token, "content", "") or "image"
    source = str(getattr(token, "attrs", {}).get("src", ""))
    return f'<a href="{escape(source)}">{escape(words)}</a>'


def _rst(text: str) -> str | None:
    from readme_renderer import rst

    found: str | None = rst.render(text)
    return found
