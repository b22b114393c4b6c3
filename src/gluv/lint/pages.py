"""The pages of the rules, as they ship with gluv."""

from importlib.resources import files
from pathlib import Path


def read_page(rule: str) -> str | None:
    """The page of a rule as Markdown; None where it did not ship."""
    packed = files("gluv.lint").joinpath("data", f"{rule}.md")
    if packed.is_file():
        return packed.read_text(encoding="utf-8")
    # In a checkout the pages are where people read them; a wheel has them inside the package.
    checkout = Path(__file__).parents[3] / "docs" / "lint" / f"{rule}.md"
    return checkout.read_text(encoding="utf-8") if checkout.is_file() else None
