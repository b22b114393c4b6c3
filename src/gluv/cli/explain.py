"""`gluv explain`: what a rule of `gluv lint` finds, and why."""

import click

from gluv.errors import UsageWrong


@click.command("explain")
@click.argument("named", required=False, metavar="[RULE]")
def command(*, named: str | None) -> int:
    """Print the page of a RULE of `gluv lint`, or the list of all rules.

    A page says what the rule finds and why, with a bad and a good example.
    """
    from gluv.lint.pages import read_page
    from gluv.lint.registry import RULES

    if named is None:
        for rule in RULES.values():
            state = " (off)" if rule.advice else ""
            click.echo(f"{rule.id}  {rule.level:<7}  {rule.title}{state}")
        return 0
    rule_id = named.strip().upper()
    if rule_id not in RULES:
        raise UsageWrong(f"there is no rule {named}", hint="gluv explain lists all rules")
    page = read_page(rule_id)
    rule = RULES[rule_id]
    click.echo(page if page is not None else f"{rule.id}: {rule.title}", nl=page is None)
    return 0
