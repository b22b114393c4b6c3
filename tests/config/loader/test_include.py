import base64
import hashlib

import pytest

from gluv.config import IncludeRules
from tests.config.loader.fakes import Files, Repositories, marks, merged, messages, node, read


def test_a_bare_string_is_a_local_file() -> None:
    assert merged(read("include: /a.yml\nb: {x: 1}", {"a.yml": "a: {x: 1}"})) == {
        "a": {"x": 1},
        "b": {"x": 1},
    }


def test_a_bare_url_is_a_remote_file() -> None:
    got = read("include: https://e.org/a.yml", {"https://e.org/a.yml": "a: {x: 1}"})
    assert merged(got) == {"a": {"x": 1}}


def test_the_file_itself_wins_and_later_includes_win_over_earlier() -> None:
    files = {"a.yml": "j: {x: a, y: a, z: a, l: [a]}", "b.yml": "j: {x: b, y: b, l: [b, b]}"}
    assert merged(read("include: [a.yml, b.yml]\nj: {x: main}", files))["j"] == {
        "x": "main",
        "y": "b",
        "z": "a",
        "l": ["b", "b"],
    }


def test_jobs_of_included_files_come_first() -> None:
    got = merged(read("b: {x: 1}\ninclude: a.yml", {"a.yml": "a: {x: 1}"}))
    assert list(got) == ["a", "b"]


def test_keys_and_values_keep_their_own_file() -> None:
    got = read("include: a.yml\nj:\n  x: 1", {"a.yml": "j:\n  x: 2\n  y: 3"})
    job = node(got, "j")
    assert str(job.key_mark("x")) == ".gitlab-ci.yml:3:3"
    assert str(job.key_mark("y")) == "a.yml:3:3"
    assert sorted(got.sources) == [".gitlab-ci.yml", "a.yml"]


def test_includes_nest_and_the_including_file_wins() -> None:
    files = {"a.yml": "include: b.yml\nj: {x: a}", "b.yml": "j: {x: b, y: b}"}
    assert merged(read("include: a.yml", files))["j"] == {"x": "a", "y": "b"}


def test_the_same_file_twice_is_allowed() -> None:
    assert merged(read("include: [a.yml, a.yml]", {"a.yml": "a: {x: 1}"})) == {"a": {"x": 1}}


def test_a_file_that_includes_itself_reaches_the_limit() -> None:
    got = read("include: a.yml", {"a.yml": "include: b.yml", "b.yml": "include: a.yml\nx: {y: 1}"})
    assert messages(got) == ["Maximum of 150 nested includes are allowed!"]
    assert marks(got) == ["b.yml:1:10"]
    assert "includes itself" in got.problems[0].hint


def test_more_than_150_files_are_refused() -> None:
    files = {f"{index}.yml": f"j{index}: {{x: 1}}" for index in range(151)}
    listed = "\n".join(f"  - {index}.yml" for index in range(150))
    assert messages(read(f"include:\n{listed}", files)) == []
    assert messages(read(f"include:\n{listed}\n  - 150.yml", files)) == [
        "Maximum of 150 nested includes are allowed!"
    ]


def test_a_chain_of_150_files_is_no_recursion_error() -> None:
    files = {
        f"{index}.yml": f"include: {index + 1}.yml\nj: {{x{index}: 1}}" for index in range(149)
    }
    files["149.yml"] = "j: {last: 1}"
    assert len(node(read("include: 0.yml", files), "j").items) == 150


def test_every_missing_file_is_reported() -> None:
    got = read("include:\n  - a.yml\n  - local: b.yml\n  - c.yml", {"c.yml": "c: {x: 1}"})
    assert messages(got) == [
        "Local file `a.yml` does not exist!",
        "Local file `b.yml` does not exist!",
    ]
    assert marks(got) == [".gitlab-ci.yml:2:5", ".gitlab-ci.yml:3:12"]
    assert got.problems[0].hint == "put it there"
    assert got.merged is None


def test_what_a_missing_file_might_have_held_is_not_reported_too() -> None:
    assert len(messages(read("include: a.yml\nj: {extends: .x, script: !reference [.y, z]}"))) == 1


def test_a_broken_file_is_reported_in_that_file() -> None:
    got = read("include: a.yml", {"a.yml": "x:\n\t- y"})
    assert len(got.problems) == 1
    assert got.problems[0].message.startswith("`a.yml`: ")
    assert str(got.problems[0].mark).startswith("a.yml:2:")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("include: a.txt", "Included file `a.txt` does not have YAML extension!"),
        ("include: empty.yml", "Local file `empty.yml` is empty!"),
        ("include: 5", "Each include must be a hash or a string"),
        ("include: {local: [a.yml]}", 'Included file `["a.yml"]` needs to be a string'),
        (
            "include: {locale: a.yml}",
            '`{"locale":"a.yml"}` does not have a valid subkey for include. Valid subkeys are: '
            "`local`, `project`, `remote`, `template`, `artifact`, `component`",
        ),
        (
            "include: {project: a/b}",
            '`{"project":"a/b"}` does not have a valid subkey for include. Valid subkeys are: '
            "`local`, `project`, `remote`, `template`, `artifact`, `component`",
        ),
        (
            "include: {local: a.yml, remote: https://e.org/a.yml}",
            "Each include must use only one of: `local`, `project`, `remote`, `template`, "
            "`artifact`, `component`",
        ),
        (
            "include: {remote: e.org/a.yml}",
            "Remote file `e.org/a.yml` does not have a valid address!",
        ),
        ("include: {template: a.yml}", "Template file `a.yml` is not a valid location!"),
        (
            "include: {artifact: a.yml}",
            "Job must be provided when including configs from artifacts",
        ),
        (
            "include: {artifact: a.yml, job: b}",
            "Including configs from artifacts is only allowed when triggering child pipelines",
        ),
        (
            "include: {local: a.yml, cache: true}",
            "include config cache can only be specified for remote includes",
        ),
        (
            "include: {local: a.yml, integrity: sha256-abcd}",
            "include config integrity can only be specified for remote includes",
        ),
        (
            "include: {remote: 'https://e.org/a.yml', integrity: md5-abcd}",
            "include config integrity hash must start with 'sha256-'",
        ),
        (
            "include: {remote: 'https://e.org/a.yml', integrity: sha256-!}",
            "include config integrity hash must be base64 encoded",
        ),
        ("include: {local: a.yml, inputs: [x]}", "Given inputs must be a hash"),
    ],
)
def test_gitlabs_sentences(text: str, message: str) -> None:
    assert messages(read(text, {"a.yml": "a: {x: 1}", "empty.yml": " \n"})) == [message]


def test_unknown_keys_of_an_entry_are_a_warning() -> None:
    got = read("include: {local: a.yml, foo: 1}", {"a.yml": "a: {x: 1}"})
    assert [problem.severity for problem in got.problems] == ["warning"]
    assert got.merged is not None


def test_wildcards() -> None:
    files = {"ci/a.yml": "a: {x: 1}", "ci/b/c.yml": "c: {x: 1}", "d.yml": "d: {x: 1}"}
    assert list(merged(read("include: ci/*.yml", files))) == ["a"]
    assert list(merged(read("include: {local: '/ci/**.yml'}", files))) == ["a", "c"]
    assert list(merged(read("include: '**/*.yml'", files))) == ["a", "c"]
    assert merged(read("include: no/*.yml\nx: {y: 1}", files)) == {"x": {"y": 1}}


def test_wildcards_keep_the_inputs() -> None:
    files = {"a.yml": "spec: {inputs: {n: }}\n---\na: {x: '$[[ inputs.n ]]'}"}
    got = read("include: [{local: '*.yml', inputs: {n: v}}]", files)
    assert merged(got) == {"a": {"x": "v"}}


def test_variables_in_paths_but_not_beside_a_wildcard_in_local() -> None:
    files = {"ci/a.yml": "a: {x: 1}"}
    variables = {"DIR": "ci"}
    assert merged(read("include: $DIR/a.yml", files, variables=variables))
    assert merged(read("include: {local: '${DIR}/a.yml'}", files, variables=variables))
    assert merged(read("include: $DIR/*.yml", files, variables=variables))
    got = read("include: {local: $DIR/*.yml}", files, variables=variables)
    assert [problem.code for problem in got.problems] == ["include-wildcard"]
    assert messages(read("include: x$NO/a.yml", files)) == ["Local file `x/a.yml` does not exist!"]


def test_project_files_and_their_local_includes() -> None:
    files = Repositories(
        {
            "group/ci@v1:/a.yml".replace(":/", ":"): "include: [b.yml, 'sub/*.yml']\na: {x: 1}",
            "group/ci@v1:b.yml": "b: {x: 1}",
            "group/ci@v1:sub/c.yml": "c: {x: 1}",
            "group/ci@HEAD:d.yml": "d: {x: 1}",
            "sub/here.yml": "here: {x: 1}",
        }
    )
    text = (
        "include:\n"
        "  - {project: Group/CI, ref: v1, file: [/a.yml]}\n"
        "  - {project: group/ci, file: d.yml}"
    )
    assert list(merged(read(text, files))) == ["b", "c", "a", "d"]


def test_a_component_knows_itself_and_its_project() -> None:
    address = "gitlab.example.com/group/ci/lint@1"
    files = Repositories(
        {
            f"component:{address}": "spec:\n  component: [name, version, reference]\n---\n"
            "include: more.yml\n"
            "$[[ component.name ]]: {v: '$[[ component.version ]]', r: '$[[component.reference]]'}",
            "group/ci@1:more.yml": "more: {x: 1}",
        }
    )
    got = merged(read(f"include: {{component: {address}}}", files))
    assert got == {"more": {"x": 1}, "lint": {"v": "1.2.3", "r": "1"}}


def test_a_component_shows_only_what_it_lists() -> None:
    address = "gitlab.example.com/group/ci/lint@1"
    text = "spec: {component: [name]}\n---\na: {x: '$[[ component.sha ]]'}"
    got = read(f"include: {{component: {address}}}", Repositories({f"component:{address}": text}))
    assert len(got.problems) == 1
    assert "component" in got.problems[0].message


def test_a_remote_file_belongs_to_no_project_and_sees_no_variables() -> None:
    url = "https://e.org/a.yml"
    got = read(f"include: {url}", {url: "include: b.yml\nx: {y: 1}", "b.yml": "b: {x: 1}"})
    assert messages(got) == ["Local file `b.yml` does not have project!"]
    rules = "include: {remote: 'https://e.org/b.yml', rules: [{if: $V}]}\na: {x: 1}"
    files = {url: rules, "https://e.org/b.yml": "b: {x: 1}"}
    assert list(merged(read(f"include: {url}", files, variables={"V": "1"}))) == ["a"]


def test_integrity() -> None:
    url, text = "https://e.org/a.yml", "a: {x: 1}\n"
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    entry = f"include: {{remote: '{url}', integrity: 'sha256-{digest}'}}"
    assert merged(read(entry, {url: text})) == {"a": {"x": 1}}
    assert messages(read(entry, {url: text + "#"})) == [
        f"Remote file `{url}` failed integrity check!"
    ]


def test_templates() -> None:
    files = {"template:Jobs/Build.gitlab-ci.yml": "build: {script: x}"}
    assert list(merged(read("include: {template: Jobs/Build.gitlab-ci.yml}", files))) == ["build"]


@pytest.mark.parametrize(
    ("rules", "included"),
    [
        ("[{if: $A}]", True),
        ("[{if: $B}]", False),
        ("[{if: '$A == \"1\"', when: never}, {when: always}]", False),
        ("[{if: $B, when: never}, {when: always}]", True),
        ("[{if: $A, when: null}]", True),
        ("[{exists: [a.yml]}]", True),
        ("[{exists: no.yml}]", False),
        ("[{exists: {paths: ['ci/**/*']}}]", True),
        ("[{if: $A, exists: ['*.nope']}]", False),
        ("[{changes: [src/x]}]", True),
        ("[{changes: {paths: [$DIR/x], compare_to: main}}]", True),
        ("[{changes: [other]}]", False),
        ("null", True),
    ],
)
def test_rules(rules: str, included: bool) -> None:
    def changed(paths: tuple[str, ...], compare_to: str | None) -> bool:
        return paths == ("src/x",) and compare_to in (None, "main")

    got = read(
        f"include: {{local: a.yml, rules: {rules}}}\nmain: {{x: 1}}",
        {"a.yml": "a: {x: 1}", "ci/b/c.yml": ""},
        variables={"A": "1", "DIR": "src"},
        rules=IncludeRules(changed=changed),
    )
    assert ("a" in merged(got)) is included


def test_unknown_changes_count_as_changes() -> None:
    got = read("include: {local: a.yml, rules: [{changes: [x]}]}", {"a.yml": "a: {x: 1}"})
    assert list(merged(got)) == ["a"]


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ("x", "include:rules config should be a array"),
        ("[x]", "include:rules:rule config should be a hash"),
        (
            "[{if: $A, allow_failure: true}]",
            "include:rules:rule config contains unknown keys: allow_failure",
        ),
        ("[{if: $A, when: on_success}]", "include:rules:rule when unknown value: on_success"),
        ("[{if: '$A ='}]", "include:rules:rule if invalid expression syntax"),
        (
            "[{changes: {path: [x]}}]",
            "include:rules:rule:changes config contains unknown keys: path",
        ),
    ],
)
def test_wrong_rules(rules: str, message: str) -> None:
    files = {"a.yml": "a: {x: 1}"}
    assert messages(read(f"include: {{local: a.yml, rules: {rules}}}", files)) == [message]


def test_no_file_is_fetched_for_a_rule_that_says_no() -> None:
    class Nothing(Files):
        def local(self, path: str) -> "object":  # type: ignore[override]
            raise AssertionError(path)

    got = read("include: {local: a.yml, rules: [{if: $A}]}\nx: {y: 1}", Nothing())
    assert merged(got) == {"x": {"y": 1}}
