"""What valid keywords become: types, defaults and the forms GitLab takes for the same thing."""

from gluv.config.keywords.allow_failure import ExitCodes
from gluv.config.keywords.artifacts import Artifacts, CoverageReport
from gluv.config.keywords.cache import Cache, CacheKeyFiles
from gluv.config.keywords.environment import Environment
from gluv.config.keywords.image import DockerOptions, Image, KubernetesOptions
from gluv.config.keywords.inherit import Inherit
from gluv.config.keywords.needs import Need
from gluv.config.keywords.parallel import Matrix
from gluv.config.keywords.policy import Policy
from gluv.config.keywords.release import Release, ReleaseLink
from gluv.config.keywords.retry import Retry
from gluv.config.keywords.services import Service
from tests.config.keywords.pipelines import job, valid


def test_a_job_with_a_script_only_has_gitlabs_defaults() -> None:
    plain = valid("x: {script: exit 0}").jobs["x"]

    assert (plain.stage, plain.script, plain.inherit) == ("test", ("exit 0",), Inherit())
    absent = (plain.rules, plain.needs, plain.only, plain.when, plain.timeout, plain.allow_failure)
    assert absent == (None,) * 6


def test_null_is_as_if_the_keyword_were_absent() -> None:
    empty = job("image:\nneeds:\nrules:\nonly:\ncache:\nvariables:\ntags:\nretry:\nwhen:\n")

    assert (empty.image, empty.needs, empty.rules, empty.only) == (None, None, None, None)
    assert (empty.cache, empty.variables, empty.tags, empty.retry) == ((), {}, (), None)


def test_scripts_are_flattened() -> None:
    nested = job("before_script: [a, [b, [c]], d]\nafter_script: |\n  one\n  two\n")

    assert nested.before_script == ("a", "b", "c", "d")
    assert nested.after_script == ("one\ntwo\n",)


def test_ten_inner_lists_are_the_deepest_script() -> None:
    assert job(f"before_script: {'[' * 11}a{']' * 11}").before_script == ("a",)


def test_image_forms() -> None:
    assert job("image: python:3.12").image == Image(name="python:3.12")
    assert job(
        """
        image:
          name: alpine
          entrypoint: [""]
          pull_policy: always
          docker: {platform: arm64, user: dave}
          kubernetes: {user: 1001}
        """
    ).image == Image(
        name="alpine",
        entrypoint=("",),
        pull_policy=("always",),
        docker=DockerOptions(platform="arm64", user="dave"),
        kubernetes=KubernetesOptions(user="1001"),
    )


def test_services() -> None:
    assert job(
        "services: [redis, {name: postgres, alias: db, command: [a], variables: {P: 1}}]"
    ).services == (
        Service(name="redis"),
        Service(name="postgres", alias="db", command=("a",), variables={"P": "1"}),
    )


def test_variables_are_strings_as_ruby_writes_them() -> None:
    config = valid(
        """
        variables:
          TEXT: a
          NUMBER: 10
          OCTAL: 0777
          FLOAT: 1.50
          BIG: 1.0e+20
          FLAG: yes
          NOTHING:
          RAW: {value: $A, expand: false}
          CHOICE: {value: b, description: which, options: [a, b]}
          PROMPT: {description: say something}
        x: {script: exit 0}
        """
    )

    values = {name: variable.value for name, variable in config.variables.items()}
    assert values == {
        "TEXT": "a",
        "NUMBER": "10",
        "OCTAL": "511",
        "FLOAT": "1.5",
        "BIG": "1.0e+20",
        "FLAG": "true",
        "NOTHING": "",
        "RAW": "$A",
        "CHOICE": "b",
        "PROMPT": "",
    }
    assert [name for name, variable in config.variables.items() if not variable.expand] == ["RAW"]
    assert config.variables["CHOICE"].options == ("a", "b")
    assert config.variables["PROMPT"].description == "say something"
    assert str(config.variables["NUMBER"].mark) == ".gitlab-ci.yml:4:3"


def test_cache_forms() -> None:
    assert job("cache: {paths: [a]}").cache == (Cache(paths=("a",)),)
    assert job(
        """
        cache:
          - key: $CI_COMMIT_REF_SLUG
            policy: $POLICY
            when: always
            untracked: true
            unprotect: true
            fallback_keys: [a, b]
          - key: {files: [/uv.lock], prefix: $CI_JOB_NAME}
          - key: {files_commits: [uv.lock]}
        """
    ).cache == (
        Cache(
            key="$CI_COMMIT_REF_SLUG",
            policy="$POLICY",
            when="always",
            untracked=True,
            unprotect=True,
            fallback_keys=("a", "b"),
        ),
        Cache(key=CacheKeyFiles(files=("uv.lock",), prefix="$CI_JOB_NAME")),
        Cache(key=CacheKeyFiles(files=("uv.lock",), by_commits=True)),
    )


def test_artifacts() -> None:
    assert job(
        """
        artifacts:
          paths: [dist]
          exclude: ["**/*.tmp"]
          expire_in: 1 week
          when: always
          access: maintainer
          reports:
            junit: a.xml
            dotenv: [b.env]
            coverage_report: {coverage_format: cobertura, path: c.xml}
        """
    ).artifacts == Artifacts(
        paths=("dist",),
        exclude=("**/*.tmp",),
        expire_in=604800,
        when="always",
        access="maintainer",
        reports={"junit": ("a.xml",), "dotenv": ("b.env",)},
        coverage_report=CoverageReport(coverage_format="cobertura", path="c.xml"),
    )
    never = job("artifacts: {expire_in: never}").artifacts
    assert never is not None
    assert never.expire_in == 0


def test_rules_are_flattened_and_keep_their_marks() -> None:
    rules = job(
        """
        rules:
          - if: $A == "b"
            when: delayed
            start_in: 30 minutes
            variables: {C: 1}
            interruptible: false
          - - changes: [a/**/*]
              allow_failure: true
            - exists: {paths: [b], project: c/d, ref: main}
              needs: [{job: x, optional: true}]
          - changes: {paths: [e], compare_to: main}
        """
    ).rules

    assert rules is not None
    first, second, third, fourth = rules
    assert (first.if_, first.when, first.start_in) == ('$A == "b"', "delayed", 1800)
    assert (first.variables["C"].value, first.interruptible) == ("1", False)
    assert second.changes is not None
    assert (second.changes.paths, second.allow_failure) == (("a/**/*",), True)
    assert third.exists is not None
    assert (third.exists.paths, third.exists.project, third.exists.ref) == (("b",), "c/d", "main")
    assert third.needs == (Need(job="x", optional=True),)
    assert fourth.changes is not None
    assert fourth.changes.compare_to == "main"
    assert [rule.mark and rule.mark.line for rule in rules] == [4, 9, 11, 13]


def test_needs_forms() -> None:
    config = valid(
        """
        a: {script: exit 0, parallel: {matrix: [{A: [1, 2]}]}}
        x:
          script: exit 0
          needs:
            - {job: a, artifacts: false, parallel: {matrix: [{A: 1}]}}
            - {project: g/p, ref: main, job: build}
            - {pipeline: $UP, job: build, optional: true}
        y: {script: exit 0, needs: []}
        z: {needs: {pipeline: g/p}}
        """
    )

    assert config.jobs["x"].needs == (
        Need(job="a", artifacts=False, matrix=({"A": ("1",)},)),
        Need(project="g/p", ref="main", job="build"),
        Need(pipeline="$UP", job="build", optional=True),
    )
    assert config.jobs["y"].needs == ()
    assert config.jobs["z"].needs == (Need(pipeline="g/p"),)


def test_five_jobs_of_other_pipelines_and_five_of_other_projects_may_be_needed() -> None:
    others = ["{pipeline: a, job: b}"] * 5 + ["{project: a/b, ref: c, job: d}"] * 5

    assert len(job(f"needs: [{', '.join(others)}]").needs or ()) == 10


def test_parallel_forms() -> None:
    assert job("parallel: 3").parallel == 3
    assert job("parallel: {matrix: [{A: b, C: [d, 1]}, {E: f}]}").parallel == Matrix(
        rows=({"A": ("b",), "C": ("d", "1")}, {"E": ("f",)})
    )


def test_allow_failure_and_retry_forms() -> None:
    assert job("allow_failure: true").allow_failure is True
    assert job("allow_failure: {exit_codes: 3}").allow_failure == ExitCodes(exit_codes=(3,))
    assert job("retry: 2").retry == Retry(max=2)
    assert job("retry: {max: 1, when: script_failure, exit_codes: [1, 2]}").retry == Retry(
        max=1, when=("script_failure",), exit_codes=(1, 2)
    )


def test_only_and_except_forms() -> None:
    policies = job("only: [main, /^v/i]\nexcept: {refs: [tags], variables: [$A], changes: [b]}")

    assert policies.only == Policy(refs=("main", "/^v/i"))
    assert policies.except_ == Policy(refs=("tags",), variables=("$A",), changes=("b",))


def test_environment_forms() -> None:
    assert job("environment: review/$CI_COMMIT_REF_NAME").environment == Environment(
        name="review/$CI_COMMIT_REF_NAME"
    )
    assert job("environment: {name: a, action: stop, auto_stop_in: 2 days}").environment == (
        Environment(name="a", action="stop", auto_stop_in=172800)
    )


def test_release() -> None:
    assert job(
        """
        release:
          tag_name: $CI_COMMIT_TAG
          description: ./notes.md
          milestones: m1
          released_at: "2026-01-02T03:04:05Z"
          assets:
            links:
              - {name: a, url: https://example.com/a, filepath: /a, link_type: package}
        """
    ).release == Release(
        tag_name="$CI_COMMIT_TAG",
        description="./notes.md",
        milestones=("m1",),
        released_at="2026-01-02T03:04:05Z",
        links=(
            ReleaseLink(name="a", url="https://example.com/a", filepath="/a", link_type="package"),
        ),
    )


def test_plain_values() -> None:
    values = job(
        """
        coverage: /TOTAL.*? (100|[0-9]+)%/
        timeout: 1h 30m
        tags: [linux]
        interruptible: true
        resource_group: $CI_ENVIRONMENT_NAME
        when: delayed
        start_in: 5 minutes
        manual_confirmation: Sure?
        inherit: {default: [image], variables: false}
        id_tokens: {A: {aud: b}, C: {aud: [d, e]}}
        hooks: {pre_get_sources_script: [a]}
        """
    )

    assert values.coverage == "TOTAL.*? (100|[0-9]+)%"
    assert (values.timeout, values.start_in, values.tags) == (5400, 300, ("linux",))
    assert (values.interruptible, values.resource_group) == (True, "$CI_ENVIRONMENT_NAME")
    assert values.manual_confirmation == "Sure?"
    assert values.inherit == Inherit(default=("image",), variables=False)
    assert values.id_tokens == {"A": ("b",), "C": ("d", "e")}
    assert values.hooks == {"pre_get_sources_script": ("a",)}


def test_keywords_of_paid_tiers_are_read_as_written() -> None:
    values = job(
        """
        secrets: {A: {vault: {engine: {name: kv, path: p}, path: q, field: r}, file: false}}
        dast_configuration: {site_profile: s}
        identity: google_cloud
        pages: {path_prefix: p, expire_in: never}
        publish: public
        """
    )

    assert values.secrets == {
        "A": {
            "vault": {"engine": {"name": "kv", "path": "p"}, "path": "q", "field": "r"},
            "file": False,
        }
    }
    assert values.dast_configuration == {"site_profile": "s"}
    assert (values.identity, values.publish) == ("google_cloud", "public")
    assert values.pages == {"path_prefix": "p", "expire_in": "never"}


def test_steps_stand_in_for_a_script() -> None:
    steps = valid("x: {run: [{name: a, script: b}, {name: c, step: ./d, inputs: {e: 1}}]}")

    assert steps.jobs["x"].run == (
        {"name": "a", "script": "b"},
        {"name": "c", "step": "./d", "inputs": {"e": 1}},
    )
    assert steps.jobs["x"].script == ()
