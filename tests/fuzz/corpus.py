"""Real pipelines to mutate, and the words of the language to make new ones of."""

from functools import cache
from pathlib import Path

CASES = Path(__file__).parents[1] / "cases"

KEYWORDS = (
    "script", "before_script", "after_script", "stage", "stages", "variables", "rules", "if",
    "when", "changes", "exists", "needs", "job", "optional", "artifacts", "paths", "reports",
    "junit", "dotenv", "expire_in", "cache", "key", "files", "prefix", "policy", "image", "name",
    "entrypoint", "services", "alias", "parallel", "matrix", "extends", "include", "local",
    "project", "ref", "file", "template", "component", "remote", "inputs", "spec", "default",
    "inherit", "workflow", "auto_cancel", "environment", "url", "on_stop", "action", "release",
    "tag_name", "description", "assets", "links", "retry", "max", "exit_codes", "timeout",
    "coverage", "interruptible", "resource_group", "trigger", "strategy", "forward", "only",
    "except", "refs", "tags", "allow_failure", "dependencies", "secrets", "vault", "id_tokens",
    "aud", "identity", "hooks", "pages", "publish", "start_in", "manual_confirmation", "run",
    "step", "dast_configuration", "value", "expand", "options", "type", "regex", "pull_policy",
    "compare_to", "docker", "kubernetes", "user", "integrity", "pipeline", ".a", "a", "b", "c",
)  # fmt: skip

VALUES = (
    None, True, False, 0, 1, -1, 2, 201, 1e300, float("nan"), "", " ", "a", "b", ".a", "test",
    ".pre", "on_success", "manual", "delayed", "never", "always", "1 day", "$A", "${A}", "$$A",
    "%A%", "$A == 'b'", "$A =~ /^v(/", "$A =~ $B", "/^v[0-9]+$/", "/(/", "**/*.py", "{a,b}",
    "[", "$[[ inputs.a ]]", "$[[ matrix.A ]]", "~latest", "https://example.com/x.yml",
    "a/b@1.0.0", "!reference", "job: [a, b]", "é", "\u2028", "x" * 300, "0", "0x1", "1:30",
)  # fmt: skip


@cache
def pipelines() -> tuple[bytes, ...]:
    """The `.gitlab-ci.yml` of every case of the project, the shortest first."""
    found = {path.read_bytes() for path in CASES.glob("*/.gitlab-ci.yml")}
    return tuple(sorted(found, key=lambda content: (len(content), content))) or (_SMALL,)


_SMALL = b"a: {script: [x, y], needs: [b]}\nb: {script: x, rules: [{if: $A, when: manual}]}\n"
