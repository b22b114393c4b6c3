"""`gluv init`: writes the pipeline a uv project should have."""

import difflib
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gluv.errors import UsageWrong

if TYPE_CHECKING:
    from gluv.scaffold.choices import ReleaseTo
    from gluv.scaffold.draft import Draft, Written
    from gluv.scaffold.header import Mode, Order

DEFAULT = "(default)"


@click.command("init")
@click.option(
    "-C",
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    metavar="DIRECTORY",
    help="The project, if it is not here.",
)
@click.option(
    "--python", "pythons", multiple=True, metavar="X.Y[,X.Y]", help="These Pythons, no others."
)
@click.option("--base-layer", metavar="NAME", help="The system of the images, e.g. alpine3.23.")
@click.option(
    "--release",
    type=click.Choice(["gitlab", "pypi", "none"]),
    help="Where a tag publishes the packages.  [default: gitlab, for packages]",
)
@click.option(
    "--component",
    is_flag=False,
    flag_value=DEFAULT,
    metavar="[ADDRESS]",
    help="Include gluv's CI/CD component instead of writing jobs.",
)
@click.option("--extend", is_flag=True, help="Add jobs to the .gitlab-ci.yml that is there.")
@click.option("--check", is_flag=True, help="Only say whether the file is up to date.")
@click.option("--diff", is_flag=True, help="Only print what would change.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def command(
    *,
    directory: Path,
    pythons: tuple[str, ...],
    base_layer: str | None,
    release: "ReleaseTo | None",
    component: str | None,
    extend: bool,
    check: bool,
    diff: bool,
    force: bool,
) -> int:
    """Look at the project and write the .gitlab-ci.yml that fits it.

    What stands between ">>> yours" and "<<< yours" in a file of gluv's making is kept. Without
    options, such a file is written anew with the options it was made with.

    Exit codes: 0 written or up to date, 1 --check or --diff found a difference, 2 nothing could be
    written.
    """
    from gluv.scaffold.choices import Options
    from gluv.scaffold.header import Order

    if extend and component:
        raise UsageWrong("--extend and --component are two ways", hint="leave out one of them")
    named = tuple(each for text in pythons for each in text.split(",") if each)
    mode: Mode = "part" if extend else "component" if component else "pipeline"
    wanted = Order(
        mode=mode,
        options=Options(pythons=named, base_layer=base_layer, release=release),
        component=component if component != DEFAULT else None,
    )
    root, draft = _draft(directory, wanted)
    if diff:
        sys.stdout.write("".join(map(_difference, draft.files)))
    if check:
        return _check(draft)
    if diff:
        return 1 if any(file.changed for file in draft.files) else 0
    _write(root, draft, force=force)
    return 0


def _draft(directory: Path, wanted: "Order") -> "tuple[Path, Draft]":
    from gluv.host.project_facts import ProjectTree, find_root
    from gluv.scaffold.draft import existing_order, write_draft
    from gluv.scaffold.header import Order
    from gluv.toolchain.images import UvImages

    if not directory.is_dir():
        raise UsageWrong(f"{directory} is not a folder", hint="give -C a folder")
    root = find_root(directory)
    tree = ProjectTree(root)
    order = (existing_order(tree) or wanted) if wanted == Order() else wanted
    own = version("uv")
    return root, write_draft(tree, order, UvImages(), own_uv=own, version=version("gluv"))


def _difference(file: "Written") -> str:
    old = (file.old or "").splitlines(keepends=True)
    new = file.new.splitlines(keepends=True)
    before = f"a/{file.path}" if file.old is not None else "/dev/null"
    return "".join(difflib.unified_diff(old, new, before, f"b/{file.path}"))


def _check(draft: "Draft") -> int:
    for file in draft.files:
        if file.old is None:
            click.echo(f"{file.path} is not there: {draft.order.command}", err=True)
        elif file.changed:
            click.echo(
                f"{file.path} is not what `{draft.order.command}` would write: see it with --diff",
                err=True,
            )
    return 1 if any(file.changed for file in draft.files) else 0


def _write(root: Path, draft: "Draft", *, force: bool) -> None:
    from gluv.host.files import write_whole
    from gluv.scaffold.header import read_order

    changed = [file for file in draft.files if file.changed]
    for file in changed:
        if file.whole and file.old is not None and not force:
            ours = read_order(file.old) is not None
            raise UsageWrong(
                f"{file.path} is there already, and differs from what would be written",
                hint="see the changes with --diff, write them with --force"
                if ours
                else "--extend adds jobs to it, --diff shows the change, --force replaces it",
            )
    for file in changed:
        write_whole(root / file.path, file.new.encode())
        click.echo(f"{'wrote' if file.whole else 'changed'} {file.path}")
    if not changed:
        click.echo(f"{draft.files[0].path} is up to date")
    for note in draft.notes:
        click.echo(f"note: {note}", err=True)
