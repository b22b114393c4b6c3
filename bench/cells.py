"""Tables in Markdown, as the benches print them and the docs hold them."""


def met(found: bool) -> str:
    """Whether a goal is met, for a cell."""
    return "yes" if found else "NO"


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table; all columns but the first are figures."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
