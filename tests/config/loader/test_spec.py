import pytest

from tests.config.loader.fakes import marks, merged, messages, read


def with_spec(inputs: str, body: str = "j: {x: 1}") -> str:
    return f"spec:\n  inputs:\n    {inputs}\n---\n{body}\n"


def test_inputs_fill_the_second_document() -> None:
    text = with_spec("n: {default: d}", "$[[ inputs.n ]]: {x: 'a $[[ inputs.n ]]'}")
    assert merged(read(text)) == {"d": {"x": "a d"}}
    assert merged(read(text, inputs={"n": "v"})) == {"v": {"x": "a v"}}


def test_a_whole_value_keeps_its_type() -> None:
    text = with_spec("n: {type: array, default: [1, b]}", "j: {x: '$[[ inputs.n ]]'}")
    assert merged(read(text)) == {"j": {"x": [1, "b"]}}


def test_text_given_on_the_command_line_becomes_what_the_type_wants() -> None:
    text = (
        "spec: {inputs: {n: {type: number}, b: {type: boolean}, s: }}\n---\n"
        "j: {n: '$[[ inputs.n ]]', b: '$[[ inputs.b ]]', s: '$[[ inputs.s ]]'}"
    )
    got = read(text, inputs={"n": "8", "b": "true", "s": "8"})
    assert merged(got) == {"j": {"n": 8, "b": True, "s": "8"}}


def test_inputs_from_an_include() -> None:
    files = {"a.yml": with_spec("n: ", "a: {x: '$[[ inputs.n ]]'}")}
    got = read("include: [{local: a.yml, inputs: {n: v}}]", files)
    assert merged(got) == {"a": {"x": "v"}}


def test_one_file_twice_with_other_inputs() -> None:
    files = {"a.yml": with_spec("n: ", "$[[ inputs.n ]]: {x: 1}")}
    text = "include: [{local: a.yml, inputs: {n: a}}, {local: a.yml, inputs: {n: b}}]"
    assert list(merged(read(text, files))) == ["a", "b"]


@pytest.mark.parametrize(
    ("definition", "given", "message"),
    [
        ("n: ", {}, "`n` input: required value has not been provided"),
        ("n: {default: 1}", {}, "`n` input: default value is not a string"),
        ("n: ", {"n": 1}, "`n` input: provided value is not a string"),
        ("n: {type: number}", {"n": "x"}, "`n` input: provided value is not a number"),
        ("n: {type: number}", {"n": True}, "`n` input: provided value is not a number"),
        ("n: {type: boolean, default: x}", {}, "`n` input: default value is not a boolean"),
        ("n: {type: array, default: {a: b}}", {}, "`n` input: default value is not an array"),
        (
            "n: {options: [a, b]}",
            {"n": "c"},
            "`n` input: `c` cannot be used because it is not in the list of allowed options",
        ),
        (
            "n: {type: number, options: [1, 2], default: 3}",
            {},
            "`n` input: `3` cannot be used because it is not in the list of allowed options",
        ),
        (
            "n: {type: boolean, options: [true]}",
            {"n": True},
            "`n` input: Options can only be used with string and number inputs",
        ),
        (
            "n: {type: number, regex: x}",
            {"n": 1},
            "`n` input: RegEx validation can only be used with string inputs",
        ),
        (
            "n: {regex: '^v'}",
            {"n": "1"},
            "`n` input: provided value does not match required RegEx pattern",
        ),
        (
            "n: {regex: '^v', default: x}",
            {},
            "`n` input: default value does not match required RegEx pattern",
        ),
        ("n: {regex: '(?=x)'}", {"n": "x"}, "`n` input: invalid regular expression"),
        ("n: {default: x}", {"m": "y"}, "unknown input arguments: m"),
        ("n: {type: object}", {}, "header:spec:inputs:n input type unknown value: object"),
        ("n: {foo: 1}", {}, "header:spec:inputs:n config contains unknown keys: foo"),
        ("n: 5", {}, "header:spec:inputs:n config should be a hash"),
        ("n: {options: x}", {}, "header:spec:inputs:n input options should be a array"),
        ("n: {regex: 5}", {}, "header:spec:inputs:n input regex should be a string"),
        (
            f"n: {{options: [{', '.join(map(str, range(51)))}]}}",
            {},
            "header:spec:inputs:n config cannot define more than 50 options",
        ),
        (
            "n: {default: x, rules: [{options: [x], default: x}]}",
            {},
            "header:spec:inputs:n config these keys cannot be used together: rules, default",
        ),
        (
            "n: {rules: [{if: $A, when: always}]}",
            {},
            "header:spec:inputs:n:rules:rule config contains unknown keys: when",
        ),
        (
            "n: {rules: [{if: $A}]}",
            {},
            "header:spec:inputs:n:rules:rule config rule with 'if' must define 'options' or "
            "'default'",
        ),
        (
            "n: {rules: [{default: x}]}",
            {},
            "header:spec:inputs:n:rules:rule config fallback rule must define 'options'",
        ),
        (
            "n: {rules: [{if: '$[[ inputs.m ]] == 1 1', options: [x]}, {options: [x]}]}",
            {},
            "header:spec:inputs:n config rule[0] references undefined inputs: m",
        ),
    ],
)
def test_gitlabs_sentences(definition: str, given: dict[str, object], message: str) -> None:
    assert messages(read(with_spec(definition), inputs=given))[0] == message


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("[a]", "header:spec config should be a hash"),
        ("{interruptible: true}", "header:spec config contains unknown keys: interruptible"),
        ("{inputs: [a]}", "header:spec:inputs config should be a hash"),
        (
            "{component: [name, branch]}",
            "header:spec:component config contains unknown values: branch",
        ),
        (
            "{description: " + "x" * 257 + "}",
            "header:spec description is too long (maximum is 256 characters)",
        ),
    ],
)
def test_wrong_headers(spec: str, message: str) -> None:
    assert messages(read(f"spec: {spec}\n---\nj: {{x: 1}}")) == [message]


def test_another_key_beside_spec() -> None:
    assert messages(read("spec: {}\nfoo: 1\n---\nj: {x: 1}")) == [
        "header config contains unknown keys: foo"
    ]


def test_every_wrong_input_is_reported_where_it_stands() -> None:
    files = {"a.yml": "spec:\n  inputs:\n    a:\n    b: {type: number}\n---\nj: {x: 1}"}
    got = read("include:\n  - local: a.yml\n    inputs:\n      b: x\n      c: y", files)
    assert messages(got) == [
        "`a.yml`: unknown input arguments: c",
        "`a.yml`: `a` input: required value has not been provided",
        "`a.yml`: `b` input: provided value is not a number",
    ]
    assert marks(got) == [".gitlab-ci.yml:5:7", "a.yml:3:5", ".gitlab-ci.yml:4:7"]


def test_inputs_for_a_file_without_spec() -> None:
    got = read("include: [{local: a.yml, inputs: {n: v}}]", {"a.yml": "a: {x: 1}"})
    assert messages(got) == [
        "`a.yml`: Given inputs not defined in the `spec` section of the included configuration file"
    ]


RULES = """
spec:
  inputs:
    env: {default: dev, options: [dev, prod]}
    size:
      rules:
        - {if: "$[[ inputs.env ]] == 'prod'", options: [l, xl], default: l}
        - {options: [s, m], default: s}
---
j: {x: '$[[ inputs.size ]]'}
"""


def test_rules_choose_options_and_default() -> None:
    assert merged(read(RULES)) == {"j": {"x": "s"}}
    assert merged(read(RULES, inputs={"env": "prod"})) == {"j": {"x": "l"}}
    assert merged(read(RULES, inputs={"env": "prod", "size": "xl"})) == {"j": {"x": "xl"}}
    assert messages(read(RULES, inputs={"size": "xl"})) == [
        "`size` input: `xl` cannot be used because it is not in the list of allowed options"
    ]


def test_rules_in_a_circle() -> None:
    rule = "{rules: [{if: '$[[ inputs.%s ]] == \"1\"', options: [x]}, {options: [x], default: x}]}"
    text = f"spec: {{inputs: {{a: {rule % 'b'}, b: {rule % 'a'}}}}}\n---\nj: {{x: 1}}"
    assert messages(read(text)) == ["header:spec:inputs:a config circular dependency detected"]


def test_rules_see_variables() -> None:
    text = with_spec(
        "n: {rules: [{if: '$V == \"x\"', options: [a], default: a}, {options: [b], default: b}]}",
        "j: {x: '$[[ inputs.n ]]'}",
    )
    assert merged(read(text, variables={"V": "x"})) == {"j": {"x": "a"}}
    assert merged(read(text)) == {"j": {"x": "b"}}


def test_a_rule_may_leave_the_choice_open() -> None:
    text = with_spec("n: {rules: [{options: [a], default: null}]}")
    assert messages(read(text)) == []


def test_spec_include_joins_inputs() -> None:
    files = {"in.yml": "inputs: {a: {default: x}}"}
    text = (
        "spec: {include: [in.yml], inputs: {b: {default: y}}}\n---\n"
        "j: {x: '$[[ inputs.a ]]$[[ inputs.b ]]'}"
    )
    got = read(text, files)
    assert merged(got) == {"j": {"x": "xy"}}
    assert "in.yml" in got.sources


@pytest.mark.parametrize(
    ("include", "message"),
    [
        (
            "{template: A.gitlab-ci.yml}",
            '`{"template":"A.gitlab-ci.yml"}` does not have a valid subkey for header include. '
            "Valid subkeys are: `local`, `remote`, `project`",
        ),
        (
            "{local: in.yml, inputs: {a: 1}}",
            "header:spec:include config contains unknown keys: inputs",
        ),
        ("other.yml", "Header include file `other.yml` contains unknown keys: [:foo]"),
        ("no.yml", "Local file `no.yml` does not exist!"),
        (
            "[in.yml, in.yml]",
            "Duplicate input keys found: a. Input keys must be unique across all "
            "included files and inline specifications.",
        ),
    ],
)
def test_wrong_spec_includes(include: str, message: str) -> None:
    files = {"in.yml": "inputs: {a: {default: x}}", "other.yml": "foo: 1"}
    assert messages(read(f"spec: {{include: {include}}}\n---\nj: {{x: 1}}", files)) == [message]


def test_interpolation_problems_are_the_loaders_too() -> None:
    got = read(with_spec("n: {default: d}", "j: {x: '$[[ inputs.m ]]'}"))
    assert messages(got) == ["unknown interpolation key: `m`"]
    assert got.merged is None
