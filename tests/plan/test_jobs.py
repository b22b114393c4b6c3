"""What a planned job holds: names, needs, caches, values."""

import hashlib

import pytest

from gluv.config.keywords.artifacts import Artifacts
from gluv.config.keywords.cache import Cache, CacheKeyFiles
from gluv.config.keywords.environment import Environment
from gluv.config.keywords.image import Image
from gluv.config.keywords.inherit import Inherit
from gluv.config.keywords.needs import Need
from gluv.config.keywords.parallel import Matrix
from gluv.config.keywords.release import Release, ReleaseLink
from gluv.config.keywords.services import Service
from gluv.config.keywords.variables import Variable
from gluv.errors import UsageWrong
from gluv.plan import build
from gluv.plan.cache import sanitised
from gluv.plan.model import PlannedJob
from gluv.plan.selection import Selection
from tests.plan.building import FakeRepository, branch, config, job, rule, tag

PYTHONS = Matrix(rows=({"PY": ("3.11", "3.12"), "OS": ("a", "b")}, {"PY": ("3.13",)}))


def one(*args: object, **keywords: object) -> PlannedJob:
    return build(config(job("test", **keywords)), branch()).jobs[0]


def test_jobs_come_by_stage_then_as_written() -> None:
    plain = config(
        job("z", stage="deploy"),
        job("b", stage="test"),
        job("a", stage="test"),
        job("last", stage=".post"),
        job("first", stage=".pre"),
    )
    assert [each.name for each in build(plain, branch()).jobs] == ["first", "b", "a", "z", "last"]


def test_parallel_names() -> None:
    jobs = build(config(job("test", parallel=2)), branch()).jobs
    assert [each.name for each in jobs] == ["test 1/2", "test 2/2"]
    assert {each.base_name for each in jobs} == {"test"}
    assert [(each.parallel.index, each.parallel.total) for each in jobs if each.parallel] == [
        (1, 2),
        (2, 2),
    ]


def test_matrix_legs() -> None:
    plain = config(
        job(
            "test",
            parallel=PYTHONS,
            variables={"PY": "weaker"},
            image=Image(name="python:$PY"),
            rules=(rule('$PY != "3.12"'),),
        )
    )
    plan = build(plain, branch())
    assert [each.name for each in plan.jobs] == [
        "test: [3.11, a]",
        "test: [3.11, b]",
        "test: [3.13]",
    ]
    assert [each.image.name for each in plan.jobs if each.image] == [
        "python:3.11",
        "python:3.11",
        "python:3.13",
    ]
    assert [each.parallel.index for each in plan.jobs if each.parallel] == [1, 2, 5]
    assert plan.jobs[0].variables["OS"].value == "a"
    assert [entry.name for entry in plan.skipped] == ["test: [3.12, a]", "test: [3.12, b]"]


def test_a_parallel_job_that_is_out_is_named_once() -> None:
    plain = config(job("test", parallel=3, rules=(rule("$NO"),)), job("other"))
    assert [entry.name for entry in build(plain, branch()).skipped] == ["test"]


def test_needs_of_parallel_jobs_are_all_their_legs() -> None:
    row: dict[str, tuple[str, ...]] = {"PY": ("3.11",), "OS": ("b",)}
    plain = config(
        job("test", stage="build", parallel=PYTHONS),
        job("all", needs=(Need(job="test", artifacts=False),)),
        job("some", needs=(Need(job="test", matrix=(row,)),)),
        job("none", needs=()),
        job("order", dependencies=("test",)),
    )
    jobs = {each.name: each for each in build(plain, branch()).jobs}
    everything = [name for name in jobs if name.startswith("test")]
    needs = jobs["all"].needs
    assert needs is not None
    assert [need.job for need in needs] == everything
    assert not any(need.artifacts for need in needs)
    some = jobs["some"].needs
    assert some is not None
    assert [need.job for need in some] == ["test: [3.11, b]"]
    assert jobs["none"].needs == ()
    assert jobs["order"].needs is None
    assert jobs["order"].dependencies == tuple(everything)


def test_needs_take_a_leg_s_own_matrix_values() -> None:
    row: dict[str, tuple[str, ...]] = {"PY": ("$[[ matrix.PY ]]",)}
    matrix = Matrix(rows=({"PY": ("3.11", "3.12")},))
    plain = config(
        job("build", stage="build", parallel=matrix),
        job("test", parallel=matrix, needs=(Need(job="build", matrix=(row,)),)),
    )
    found = {
        each.name: [need.job for need in each.needs]
        for each in build(plain, branch()).jobs
        if each.needs is not None
    }
    assert found == {"test: [3.11]": ["build: [3.11]"], "test: [3.12]": ["build: [3.12]"]}


def test_needing_a_job_that_rules_exclude() -> None:
    build_job = job("build", stage="build", rules=(rule("$NO"),))
    plan = build(config(build_job, job("test", needs=(Need(job="build"),))), branch())
    assert plan.pipeline is None
    assert plan.jobs == ()
    assert [problem.message for problem in plan.problems] == [
        "'test' job needs 'build' job, but 'build' does not exist in the pipeline. This might be "
        "because of the only, except, or rules keywords. To need a job that sometimes does not "
        "exist in the pipeline, use needs:optional."
    ]
    optional = (Need(job="build", optional=True),)
    fine = build(config(build_job, job("test", needs=optional)), branch())
    assert fine.jobs[0].needs == ()


def test_at_most_fifty_needs() -> None:
    many = tuple(job(f"b{number}", stage="build") for number in range(51))
    needs = tuple(Need(job=each.name) for each in many)
    plan = build(config(*many, job("test", needs=needs)), branch())
    assert [problem.message for problem in plan.problems] == [
        "test: one job can only need 50 others, but you have listed 51. "
        "See needs keyword documentation for more details"
    ]
    assert build(config(*many, job("test", needs=needs[:50])), branch()).pipeline is not None


def test_needs_of_another_project_are_kept_apart() -> None:
    need = Need(job="build", project="group/other", ref="main")
    planned = one(needs=(need,))
    assert (planned.needs, planned.foreign_needs) == ((), (need,))


def test_dependencies_that_are_out_are_dropped() -> None:
    plain = config(
        job("build", stage="build", rules=(rule("$NO"),)), job("test", dependencies=("build",))
    )
    assert build(plain, branch()).jobs[0].dependencies == ()


def digest(*ids: str) -> str:
    return hashlib.sha1("-".join(sorted(ids)).encode()).hexdigest()


@pytest.mark.parametrize(
    ("cache", "expected"),
    [
        (Cache(), "default-non_protected"),
        (Cache(key="$CI_COMMIT_REF_SLUG-$CI_JOB_NAME"), "main-test-non_protected"),
        (Cache(key="$UNKNOWN"), "-non_protected"),
        (Cache(key="a/../b"), "b-non_protected"),
        (Cache(key=CacheKeyFiles(files=("uv.lock",))), f"0_uv-{digest('1')}-non_protected"),
        (
            Cache(key=CacheKeyFiles(files=("uv.lock", "pyproject.toml"))),
            f"0_uv_pyproject-{digest('1', '2')}-non_protected",
        ),
        (
            Cache(key=CacheKeyFiles(files=("uv.lock",), prefix="$CI_JOB_NAME")),
            f"test-{digest('1')}-non_protected",
        ),
        (Cache(key=CacheKeyFiles(files=("gone",))), "0_gone-default-non_protected"),
        (
            Cache(key=CacheKeyFiles(files=("*.lock",))),
            f"0_*-{digest('1')}-non_protected",
        ),
        (
            Cache(key=CacheKeyFiles(files=("uv.lock",), by_commits=True)),
            f"0_uv-{digest('commit-of-uv.lock')}-non_protected",
        ),
    ],
)
def test_cache_keys(cache: Cache, expected: str) -> None:
    repository = FakeRepository({"uv.lock": "1", "pyproject.toml": "2"})
    plan = build(config(job("test", cache=(cache,))), branch(repository=repository))
    assert plan.jobs[0].cache[0].key == expected


def test_cache_suffixes() -> None:
    cache = Cache(key="k", fallback_keys=("f-$A",), policy="$POLICY", paths=("$P",))
    open_ = Cache(key="k", unprotect=True)
    plain = config(
        job("test", cache=(cache, open_)), variables={"A": "1", "POLICY": "pull", "P": "x"}
    )
    planned = build(plain, branch(protected=True, cache_clear_count=2)).jobs[0].cache
    assert planned[0].key == "k-2-protected"
    assert planned[0].fallback_keys == ("f-1-2-protected",)
    assert (planned[0].policy, planned[0].paths) == ("pull", ("$P",))
    assert planned[1].key == "k-2-non_protected"


@pytest.mark.parametrize(
    ("key", "clean"),
    [
        ("a", "a"),
        ("a%2fb", "a/b"),
        ("../../etc", "etc"),
        ("%2e%2E/x", "x"),
        ("a\\b", "a/b"),
        ("a ", "a"),
        ("feature/x", "feature/x"),
    ],
)
def test_keys_cannot_climb_out(key: str, clean: str) -> None:
    assert sanitised(key) == clean


def test_values_are_final() -> None:
    plain = config(
        job(
            "test",
            image=Image(name="uv:$UV-${PY}$UNKNOWN-$CI_JOB_ID-${CI_PROJECT_DIR}", entrypoint=("",)),
            services=(Service(name="postgres:$PG", alias="db-$PG"),),
            environment=Environment(
                name="review/$CI_COMMIT_REF_SLUG", url="https://$CI_ENVIRONMENT_SLUG.$DOTENV"
            ),
            release=Release(
                tag_name="$TAG",
                description="$CI_PROJECT_NAME $$ $FROM_DOTENV",
                links=(ReleaseLink(name="$PG", url="$CI_PROJECT_URL"),),
            ),
            tags=("$PG", "$NONE"),
            resource_group="group-$PG",
            variables={"PG": "16"},
        ),
        variables={"UV": "0.10", "PY": "python$VERSION", "VERSION": "3.12", "TAG": "v$UV"},
    )
    planned = build(plain, branch()).jobs[0]
    assert planned.image == Image(
        name="uv:0.10-python3.12-$CI_JOB_ID-${CI_PROJECT_DIR}", entrypoint=("",)
    )
    assert planned.services[0].name == "postgres:16"
    assert planned.services[0].alias == "db-16"
    assert planned.environment is not None
    assert planned.environment.name == "review/main"
    assert planned.environment.url is not None
    assert planned.environment.url.startswith("https://review-main-")
    assert planned.environment.url.endswith(".$DOTENV")
    assert planned.release is not None
    assert planned.release.tag_name == "v0.10"
    assert planned.release.description == "my-lib $$ $FROM_DOTENV"
    assert planned.release.links[0].url == "http://127.0.0.1/group/sub/my-lib"
    assert planned.tags == ("16", "$NONE")
    assert planned.resource_group == "group-16"
    assert {key: each.value for key, each in planned.variables.items()} == {
        "UV": "0.10",
        "PY": "python$VERSION",
        "VERSION": "3.12",
        "TAG": "v$UV",
        "PG": "16",
    }


def test_raw_values_are_not_expanded() -> None:
    raw = Variable(value="$UV", expand=False)
    planned = build(
        config(job("test", image=Image(name="a:$RAW:$VIA")), variables={
            "RAW": raw, "UV": "1", "VIA": "$RAW"
        }),
        branch(),
    ).jobs[0]  # fmt: skip
    assert planned.image == Image(name="a:$UV:$UV")


def test_variables_in_a_circle_are_refused() -> None:
    plain = config(job("test"), variables={"A": "$B", "B": "${A}"})
    plan = build(plain, branch())
    assert plan.pipeline is None
    assert len(plan.problems) == 1
    assert plan.problems[0].message.startswith("test: circular variable reference detected: ")


def test_inherited_variables() -> None:
    variables = {"A": "1", "B": "2"}
    for inherit, expected in ((True, {"A", "B"}), (False, set()), (("A",), {"A"})):
        planned = build(
            config(job("test", inherit=Inherit(variables=inherit)), variables=variables), branch()
        ).jobs[0]
        assert set(planned.variables) == expected


def test_defaults() -> None:
    planned = one()
    assert planned.timeout_seconds == 3600
    assert (planned.retry.max, planned.interruptible) == (0, False)
    assert one(timeout=60).timeout_seconds == 60


ALL = config(
    job("build", stage="build", artifacts=Artifacts(paths=("dist",))),
    job("lint", stage="build"),
    job("test", parallel=2),
    job("docs", needs=(Need(job="lint"),)),
    job("deploy", stage="deploy", needs=(Need(job="docs"), Need(job="test"))),
    job("publish", stage="deploy", dependencies=("lint",)),
    job("release", stage="deploy", rules=(rule("$CI_COMMIT_TAG", line=9),)),
)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ((), ["build", "lint", "test 1/2", "test 2/2", "docs", "deploy", "publish"]),
        (("lint",), ["lint"]),
        (("docs",), ["lint", "docs"]),
        (("test",), ["build", "test 1/2", "test 2/2"]),
        (("test 2/2",), ["build", "test 2/2"]),
        (("deploy",), ["build", "lint", "test 1/2", "test 2/2", "docs", "deploy"]),
        (("publish",), ["lint", "publish"]),
        (("*o*", "lint"), ["lint", "docs", "build", "test 1/2", "test 2/2", "deploy"]),
    ],
)
def test_selection_takes_what_is_needed(wanted: tuple[str, ...], expected: list[str]) -> None:
    plan = build(ALL, branch(), Selection(jobs=wanted))
    assert sorted(each.name for each in plan.jobs) == sorted(expected)
    assert [each.name for each in plan.jobs] == [
        each.name for each in build(ALL, branch()).jobs if each.name in expected
    ]


def test_selection_without_needs() -> None:
    plan = build(ALL, branch(), Selection(jobs=("deploy", "docs"), needs=False))
    assert [(each.name, [need.job for need in each.needs or ()]) for each in plan.jobs] == [
        ("docs", []),
        ("deploy", ["docs"]),
    ]


def test_unknown_and_excluded_names() -> None:
    with pytest.raises(UsageWrong, match="there is no job 'tset'") as stop:
        build(ALL, branch(), Selection(jobs=("tset",)))
    assert "did you mean 'test'" in stop.value.hint
    with pytest.raises(UsageWrong, match=r"'release' is not in this pipeline: .*\(line 9\)"):
        build(ALL, branch(), Selection(jobs=("release",)))
    assert build(ALL, tag(), Selection(jobs=("release",))).jobs[-1].name == "release"
    only_tags = config(job("release", rules=(rule("$CI_COMMIT_TAG"),)))
    with pytest.raises(UsageWrong, match="is not in this pipeline"):
        build(only_tags, branch(), Selection(jobs=("release",)))
