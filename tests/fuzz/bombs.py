"""Small files that would become huge, deep or slow if a reader took them at their word."""

from collections.abc import Callable, Mapping

Bomb = tuple[str, Mapping[str, str]]


def _lines(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def aliases() -> Bomb:
    levels = [f".l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 20)]
    return _lines(".l0: &l0 [a, b]", *levels, "job: {script: *l19}"), {}


def merge_keys() -> Bomb:
    big = ", ".join(f"k{n}: {n}" for n in range(3000))
    jobs = (f"j{n}: {{<<: *big, script: x}}" for n in range(3000))
    return _lines(f".big: &big {{{big}}}", *jobs), {}


def extends() -> Bomb:
    big = ", ".join(f"K{n}: v" for n in range(5000))
    jobs = (f"j{n}: {{extends: .big, script: x}}" for n in range(5000))
    return _lines(f".big: {{variables: {{{big}}}}}", *jobs), {}


def extends_apart() -> Bomb:
    big = ", ".join(f"K{n}: v" for n in range(5000))
    jobs = (f"j{n}: {{extends: .big, script: x, variables: {{A: b}}}}" for n in range(5000))
    return _lines(f".big: {{variables: {{{big}}}}}", *jobs), {}


def references() -> Bomb:
    levels = [
        f".l{n}: {{script: [{', '.join([f'!reference [.l{n - 1}, script]'] * 20)}]}}"
        for n in range(1, 10)
    ]
    return _lines(".l0: {script: [a, b]}", *levels, "job: {script: !reference [.l9, script]}"), {}


def reference_chain() -> Bomb:
    chain = (f".l{n}: {{script: !reference [.l{n + 1}, script]}}" for n in range(5000))
    return _lines(*chain, ".l5000: {script: x}", "job: {script: !reference [.l0, script]}"), {}


def reference_depth() -> Bomb:
    chain = (
        f".l{n}: {{script: {'[' * 90} !reference [.l{n + 1}, script] {']' * 90}}}"
        for n in range(100)
    )
    return _lines(*chain, ".l100: {script: x}", "job: {script: !reference [.l0, script]}"), {}


def rules() -> Bomb:
    levels = [f".l{n}: [{', '.join([f'!reference [.l{n - 1}]'] * 20)}]" for n in range(1, 10)]
    return _lines(".l0: [{when: always}]", *levels, "job: {script: x, rules: !reference [.l9]}"), {}


def variables() -> Bomb:
    doubled = (f"  V{n}: $V{n - 1}$V{n - 1}" for n in range(1, 60))
    return _lines("variables:", "  V0: ab", *doubled, "job: {script: x, image: $V59}"), {}


def variables_of_an_environment() -> Bomb:
    doubled = (f"  V{n}: $V{n - 1}$V{n - 1}" for n in range(1, 60))
    job = "job: {script: x, environment: {name: $V59}, cache: {key: $V58}, resource_group: $V57}"
    return _lines("variables:", "  V0: ab", *doubled, job), {}


def matrix() -> Bomb:
    values = ", ".join(f"v{n}" for n in range(40))
    rows = ", ".join(f"K{n}: [{values}]" for n in range(10))
    needs = "other: {stage: deploy, script: x, needs: ['job: [nobody]']}"
    return _lines(f"job: {{script: x, parallel: {{matrix: [{{{rows}}}]}}}}", needs), {}


def needs_matrix() -> Bomb:
    values = ", ".join(f"v{n}" for n in range(40))
    rows = ", ".join(f"K{n}: [{values}]" for n in range(10))
    need = f"needs: [{{job: a, parallel: {{matrix: [{{{rows}}}]}}}}]"
    return _lines("a: {script: x}", f"job: {{script: x, {need}}}"), {}


def need_everything() -> Bomb:
    names = [f"j{n}" for n in range(1500)]
    listed = ", ".join(names)
    return _lines(
        *(f"{name}: {{script: x, needs: &n [{listed}]}}" for name in names[:40]),
        *(f"{name}: {{script: x}}" for name in names[40:]),
    ), {}


def unknown_needs() -> Bomb:
    return _lines(*(f"job-{n}: {{script: x, needs: [jbo-{n}x]}}" for n in range(4000))), {}


def unknown_keys() -> Bomb:
    keys = (f"  scirpt{n}: x" for n in range(6000))
    return _lines("job:", "  script: x", *keys), {}


def unknown_stages() -> Bomb:
    stages = ", ".join(f"stage-{n}" for n in range(1000))
    jobs = (f"j{n}: {{script: x, stage: none-{n}}}" for n in range(1000))
    return _lines(f"stages: [{stages}]", *jobs), {}


def many_stages() -> Bomb:
    stages = ", ".join(f"s{n}" for n in range(3000))
    jobs = (f"j{n}: {{script: x, stage: s{n}}}" for n in range(3000))
    return _lines(f"stages: [{stages}]", *jobs), {}


def depth() -> Bomb:
    return "job: " + "[" * 100_000, {}


def depth_of_maps() -> Bomb:
    return "".join(" " * n + "k:\n" for n in range(2000)), {}


def parentheses() -> Bomb:
    condition = "(" * 20_000 + "$A" + ")" * 20_000
    return _lines(f"job: {{script: x, rules: [{{if: '{condition}'}}]}}"), {}


def long_condition() -> Bomb:
    condition = " && ".join(["$A == 'b'"] * 20_000)
    return _lines(f'job: {{script: x, rules: [{{if: "{condition}"}}]}}'), {}


def huge_scalar() -> Bomb:
    return f"job: {{script: {'x' * 3_000_000}, unknown: 1}}\n", {}


def huge_numbers() -> Bomb:
    numbers = (
        "9" * 5000,
        "0x" + "f" * 50_000,
        "0" + "7" * 50_000,
        "0b" + "1" * 50_000,
        "9" * 5000 + ":30",
        "9" * 5000 + ":30.5",
        "9" * 5000 + ".5",
        "-" + "9" * 4500,
    )
    places = (
        "retry: %s",
        "parallel: %s",
        "timeout: %s",
        "variables: {A: %s}",
        "stage: %s",
        "environment: {name: %s}",
        "when: %s",
        "tags: [%s]",
        "needs: [%s]",
        "parallel: {matrix: [{A: [%s]}]}",
        "allow_failure: {exit_codes: %s}",
        "rules: [{when: %s}]",
        "extends: %s",
        "inherit: {default: [%s]}",
    )
    jobs = (
        f"j{n}-{m}:\n  script: x\n  {place % number}"
        for n, number in enumerate(numbers)
        for m, place in enumerate(places)
    )
    tops = (f"? {number}\n: {{script: {number}}}" for number in numbers)
    return _lines(*jobs, *tops), {}


def braces() -> Bomb:
    pattern = "{a,b}" * 60
    nested = "{" * 500 + "a,b" + "}" * 500
    globs = f"['{pattern}', '{nested}', '**/' ]"
    return _lines(
        f"a: {{script: x, rules: [{{changes: {globs}}}]}}",
        f"b: {{script: x, rules: [{{exists: {globs}}}]}}",
        f"c: {{script: x, cache: {{key: {{files: ['{pattern}*']}}}}}}",
    ), {}


def regular_expressions() -> Bomb:
    return _lines(
        "a: {script: x, rules: [{if: '$CI_COMMIT_MESSAGE =~ /(a*)*{1000}{1000}b/'}]}",
        f"b: {{script: x, rules: [{{if: '$CI_COMMIT_MESSAGE =~ /{'(' * 5000}/'}}]}}",
        f"c: {{script: x, coverage: '/{'(a+)+' * 2000}$/'}}",
        f"d: {{script: x, only: ['/{'a{1,999}' * 20}/']}}",
    ), {}


def include_fan_out() -> Bomb:
    includes = _lines("include:", *(f"  - local: f{n}.yml" for n in range(100)))
    files = {f"f{n}.yml": includes for n in range(100)}
    return includes, files


def include_wildcards() -> Bomb:
    files = {f"d{n}/f.yml": "include: {local: '**/*.yml'}\n" for n in range(1000)}
    return "include: {local: '**/*.yml'}\njob: {script: x}\n", files


def include_chain() -> Bomb:
    files = {f"f{n}.yml": f"include: f{n + 1}.yml\nj{n}: {{script: x}}\n" for n in range(3000)}
    return "include: f0.yml\n", files


def inputs() -> Bomb:
    text = "x" * 100_000
    uses = "".join("$[[ inputs.a ]]" for _ in range(2000))
    head = "spec: {inputs: {a: {default: " + text + "}}}\n---\n"
    return head + _lines(*(f"j{n}: {{script: '{uses}'}}" for n in range(3))), {}


def inputs_doubling() -> Bomb:
    array = "[" + ", ".join(["a"] * 2000) + "]"
    jobs = (f"j{n}:\n  script: $[[ inputs.a ]]" for n in range(5000))
    head = f"spec: {{inputs: {{a: {{type: array, default: {array}}}}}}}\n---\n"
    return head + _lines(*jobs), {}


def circles() -> Bomb:
    needs = (f"j{n}: {{script: x, needs: [j{(n + 1) % 3000}]}}" for n in range(3000))
    return _lines(*needs), {}


def circular_variables() -> Bomb:
    around = (f"  V{n}: $V{(n + 1) % 2000}" for n in range(2000))
    return _lines("variables:", *around, "a: {script: x}", "b: {script: x}"), {}


def many_documents() -> Bomb:
    return "--- \n" * 200_000, {}


def many_anchors() -> Bomb:
    return _lines(*(f"k{n}: &a{n} {{script: x}}" for n in range(10_000))), {}


def dots_of_needs() -> Bomb:
    jobs = [f"a{n}: {{script: x, parallel: 200}}" for n in range(30)]
    takes = [
        f"b{n}: {{script: x, dependencies: [{', '.join(f'a{m}' for m in range(30))}]}}"
        for n in range(100)
    ]
    return _lines(*jobs, *takes), {}


BOMBS: dict[str, Callable[[], Bomb]] = {
    bomb.__name__: bomb
    for bomb in (
        aliases, merge_keys, extends, extends_apart, references, reference_chain,
        reference_depth, rules, variables, variables_of_an_environment, matrix,
        needs_matrix, need_everything, unknown_needs,
        unknown_keys, unknown_stages, many_stages, depth, depth_of_maps, parentheses,
        long_condition, huge_scalar, huge_numbers, braces, regular_expressions, include_fan_out,
        include_wildcards, include_chain, inputs, inputs_doubling, circles, circular_variables,
        many_documents, many_anchors, dots_of_needs,
    )
}  # fmt: skip
