"""GLU210, GLU211: certificates."""

from collections.abc import Iterator

from gluv.lint.facts import LintFacts
from gluv.lint.fixes import fix, set_variable
from gluv.lint.model import Finding, Rule
from gluv.lint.spans import replace_part

_OURS = ("SSL_CERT_FILE", "SSL_CERT_DIR", "UV_SYSTEM_CERTS", "UV_NATIVE_TLS")


def _renamed(facts: LintFacts) -> Iterator[Finding]:
    for job in facts.uv_jobs:
        if not all(leg.uv_before(0, 11) is False for leg in job.legs):
            continue
        where = job.variable_map("UV_NATIVE_TLS")
        if where is not None:
            key = where.keys.get("UV_NATIVE_TLS")
            taken = "UV_SYSTEM_CERTS" in where.items
            edit = (
                replace_part(key, 0, "UV_NATIVE_TLS", "UV_SYSTEM_CERTS")
                if key and not taken
                else None
            )
            yield Finding(
                message="UV_NATIVE_TLS is deprecated since uv 0.11",
                mark=where.key_mark("UV_NATIVE_TLS"),
                hint="the name is now UV_SYSTEM_CERTS",
                fix=fix("rename it", edit),
            )
        for command in job.uv():
            word = next((each for each in command.words if each.text == "--native-tls"), None)
            if word is not None:
                edit = replace_part(command.node, word.start, "--native-tls", "--system-certs")
                yield Finding(
                    message="--native-tls is deprecated since uv 0.11",
                    mark=command.mark,
                    hint="the name is now --system-certs",
                    fix=fix("rename it", edit),
                    job=job.name,
                )


def _unknown_authority(facts: LintFacts) -> Iterator[Finding]:
    for job in facts.uv_jobs:
        if any(job.sets(name) for name in _OURS):
            continue
        for command in job.uv("publish"):
            if any("CI_API_V4_URL" in leg.variables.get("UV_PUBLISH_URL", "") for leg in job.legs):
                yield Finding(
                    message="uv brings its own authorities: a GitLab with a private certificate "
                    "fails with UnknownIssuer",
                    mark=command.mark,
                    hint="set SSL_CERT_FILE: $CI_SERVER_TLS_CA_FILE, or UV_SYSTEM_CERTS",
                    fix=fix(
                        "set SSL_CERT_FILE",
                        set_variable(job, "SSL_CERT_FILE", "$CI_SERVER_TLS_CA_FILE"),
                        safe=False,
                    ),
                    job=job.name,
                )


RULES = (
    Rule(
        id="GLU210",
        title="the old name of UV_SYSTEM_CERTS",
        level="warning",
        check=_renamed,
        fix="safe",
    ),
    Rule(
        id="GLU211",
        title="a GitLab whose certificate uv may not know",
        level="info",
        check=_unknown_authority,
        fix="unsafe",
        advice=True,
    ),
)
