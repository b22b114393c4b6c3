"""Names that GitLab derives from names: `CI_ENVIRONMENT_SLUG`, `CI_JOB_GROUP_NAME`."""

import re

_OTHER = re.compile(r"[^a-z0-9]")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_ENVIRONMENT_LIMIT = 24


def environment_slug(name: str) -> str:
    """`CI_ENVIRONMENT_SLUG`: begins with a letter, 24 characters, a suffix where text was lost."""
    slug = _OTHER.sub("-", name.lower())
    if not slug[:1].isalpha():
        slug = f"env-{slug}"
    slug = re.sub(r"-+", "-", slug)
    if len(slug) <= _ENVIRONMENT_LIMIT and slug == name:
        return slug.removesuffix("-")
    head = slug[:17]
    if not head.endswith("-"):
        head += "-"
    return head + _suffix(name)


def _suffix(name: str) -> str:
    """The last six digits, in base 36, of the SHA-256 of the name: GitLab's way to stay unique."""
    import hashlib

    number = int(hashlib.sha256(name.encode()).hexdigest(), 16)
    digits = ""
    while len(digits) < 6:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits


def group_name(name: str) -> str:
    """`CI_JOB_GROUP_NAME`: the job's name without ` 1/3`, `: [a, b]` and the like at its end."""
    return re.sub(r"([\b\s:]+((\[.*\])|(\d+[\s:/\\]+\d+))){1,3}\s*\Z", "", name).strip()
