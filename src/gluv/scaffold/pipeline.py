"""The whole `.gitlab-ci.yml`, or the part of one that another includes."""

from gluv.scaffold.choices import Choices
from gluv.scaffold.facts import Facts
from gluv.scaffold.jobs import Layout, cached_base, check_jobs, release_job
from gluv.scaffold.lines import Entry, Item, Quoted, Slot, write_entries

IMAGE = "ghcr.io/astral-sh/uv:$UV_VERSION-python$PYTHON_VERSION-$BASE_LAYER"


def write_pipeline(facts: Facts, choices: Choices, header: str) -> str:
    """A file of its own: when pipelines run, the stages, the variables, the jobs.

    `header` is the comment at the top.
    """
    layout = Layout(policy="$UV_CACHE_POLICY")
    jobs = check_jobs(facts, choices, layout)
    release = release_job(choices, layout)
    stages = [layout.test]
    stages += [layout.build] if facts.packages else []
    stages += [layout.release] if release else []
    entries: list[Entry | Slot] = [
        workflow(),
        Entry("stages", [*stages, Slot("stages")], spaced=True),
        Entry(
            "variables",
            [
                *_versions(choices),
                *_settings(facts),
                Entry("UV_CACHE_POLICY", "pull-push"),
                Slot("variables"),
            ],
            spaced=True,
        ),
        Entry(".uv", [Entry("image", IMAGE), Entry("interruptible", True)], spaced=True),
        cached_base(facts, layout),
        *jobs,
        *([release] if release else []),
    ]
    lines = [*(f"# {line}" for line in header.splitlines()), ""]
    lines += write_entries(entries)
    lines += ["", *write_entries([Slot("jobs")])]
    return "\n".join(lines) + "\n"


def write_part(facts: Facts, choices: Choices, layout: Layout, header: str) -> str:
    """A file for `include:local` in a pipeline that exists: no global keyword, names of its own."""
    release = release_job(choices, layout)
    always = Entry("rules", [Item((Entry("when", "on_success"),))], "workflow:rules decide.")
    base = Entry(
        ".uv",
        [
            Entry("image", IMAGE),
            *([always] if layout.workflow else []),
            Entry("interruptible", True),
            Entry("variables", [*_versions(choices), *_settings(facts), Slot("variables")]),
        ],
    )
    entries: list[Entry | Slot] = [
        base,
        cached_base(facts, layout),
        *check_jobs(facts, choices, layout),
        *([release] if release else []),
    ]
    lines = [*(f"# {line}" for line in header.splitlines()), "", *write_entries(entries)]
    return "\n".join([*lines, "", *write_entries([Slot("jobs")])]) + "\n"


def workflow(*, cache_policy: bool = True) -> Entry:
    """When there is a pipeline: one for a commit, be it on a branch or in a merge request."""
    pull = Entry("variables", [Entry("UV_CACHE_POLICY", "pull")])
    tags = Item((Entry("if", "$CI_COMMIT_TAG"), *([pull] if cache_policy else [])))
    merge_request = Item((Entry("if", '$CI_PIPELINE_SOURCE == "merge_request_event"'),))
    duplicate = Item(
        (
            Entry(
                "if",
                "$CI_COMMIT_BRANCH && $CI_OPEN_MERGE_REQUESTS",
                "The pipeline of a merge request takes the place of its branch's.",
            ),
            Entry("when", "never"),
        )
    )
    branch = Item((Entry("if", "$CI_COMMIT_BRANCH"),))
    rules = [merge_request, duplicate, branch, tags]
    return Entry("workflow", [Entry("rules", rules)], spaced=True)


def _versions(choices: Choices) -> list[Entry]:
    return [
        Entry(
            "UV_VERSION",
            Quoted(choices.uv),
            "The only place that names them. Keep the quotes: YAML reads 3.10 as the number 3.1.",
        ),
        Entry("PYTHON_VERSION", Quoted(choices.python)),
        Entry("BASE_LAYER", choices.base_layer, _base_why(choices)),
    ]


def _base_why(choices: Choices) -> str:
    return "" if "slim" in choices.base_layer else "Not the slim one, which lacks git."


def _settings(facts: Facts) -> list[Entry]:
    entries: list[Entry] = []
    if facts.kind == "requirements":
        entries.append(
            Entry("UV_SYSTEM_PYTHON", Quoted("1"), "uv pip installs into the Python of the image.")
        )
    else:
        entries.append(
            Entry(
                "UV_PYTHON",
                "$PYTHON_VERSION",
                "Goes before .python-version, which would give every job the same Python.",
            )
        )
    entries.append(Entry("UV_PYTHON_DOWNLOADS", "never", "The image's Python or none."))
    if facts.locked:
        entries.append(
            Entry("UV_LOCKED", Quoted("1"), "A lock file that is out of date is an error.")
        )
    entries.append(
        Entry("UV_LINK_MODE", "copy", "The cache may be on another file system than the project.")
    )
    if facts.vcs_version:
        entries.append(
            Entry(
                "GIT_DEPTH", Quoted("0"), f"{facts.vcs_version} needs the tags to tell the version."
            )
        )
    entries.append(Entry("FF_USE_FASTZIP", Quoted("true"), "Packs the cache in less time."))
    entries.append(Entry("CACHE_COMPRESSION_LEVEL", "fastest"))
    return entries
