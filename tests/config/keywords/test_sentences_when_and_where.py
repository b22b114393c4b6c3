"""When and where a job runs: the keywords of a job `x`, and what GitLab says about them."""

import pytest

from tests.config.keywords.pipelines import job_messages

CASES = [
    # rules
    ("rules: {if: $A}", "jobs:x rules should be an array containing hashes and arrays of hashes"),
    ("rules: [$A]", "jobs:x rules should be an array containing hashes and arrays of hashes"),
    ("rules: []", "jobs:x:rules config can't be blank"),
    ("rules: [{}]", "jobs:x:rules:rule config can't be blank"),
    ("rules: [{iff: $A}]", "jobs:x:rules:rule config contains unknown keys: iff"),
    ("rules: [{if: $A ==}]", "jobs:x:rules:rule if invalid expression syntax"),
    ("rules: [{if: [$A]}]", "jobs:x:rules:rule if invalid expression syntax"),
    ("rules: [{if: $A, when: later}]", "jobs:x:rules:rule when unknown value: later"),
    ("rules: [{when: delayed}]", "jobs:x:rules:rule start in can't be blank"),
    ("rules: [{when: delayed, start_in: x}]", "jobs:x:rules:rule start in should be a duration"),
    (
        "rules: [{when: manual, start_in: 1 day}]",
        "jobs:x:rules:rule config contains disallowed keys: start_in",
    ),
    (
        "rules: [{if: $A, allow_failure: 1}]",
        "jobs:x:rules:rule allow failure should be a boolean value",
    ),
    ("rules: [{changes: a}]", "jobs:x:rules:rule:changes should be an array or a hash"),
    (
        "rules: [{changes: {compare_to: a}}]",
        "jobs:x:rules:rule:changes config missing required keys: paths",
    ),
    (
        "rules: [{changes: {paths: [a], compare_to: [b]}}]",
        "jobs:x:rules:rule:changes compare to should be a string",
    ),
    (
        "rules: [{exists: 1}]",
        "jobs:x:rules:rule:exists should be a string, an array of strings, or a hash",
    ),
    (
        "rules: [{exists: {paths: [a], ref: b}}]",
        "jobs:x:rules:rule:exists config missing required keys: project",
    ),
    (
        f"rules: [{{exists: [{', '.join(['a'] * 51)}]}}]",
        "jobs:x:rules:rule:exists config has too many entries (maximum 50)",
    ),
    (
        "rules: [{if: $A, needs: [{pipeline: a, job: b}]}]",
        "jobs:x:rules:rule:needs config uses invalid types: cross_dependency",
    ),
    (
        "rules: [{if: $A, variables: {B: {value: c}}}]",
        "jobs:x:rules:rule:variables:b config must be a string",
    ),
    ("{rules: [{if: $A}], only: [main]}", "jobs:x config key may not be used with `rules`: only"),
    (
        "{rules: [{if: $A}], only: [main], except: [tags]}",
        "jobs:x config key may not be used with `rules`: only, except",
    ),
    # only and except
    ("only: main", "jobs:x:only has to be either an array of conditions or a hash"),
    (
        "only: ['/(/']",
        "jobs:x:only config should be an array of strings or regular expressions using re2 syntax",
    ),
    (
        "except: {refs: [1]}",
        "jobs:x:except refs should be an array of strings or regular expressions using re2 syntax",
    ),
    ("only: {}", "jobs:x:only config can't be blank"),
    ("only: {variable: [$A]}", "jobs:x:only config contains unknown keys: variable"),
    ("only: {variables: [$A ==]}", "jobs:x:only variables invalid expression syntax"),
    ("only: {kubernetes: on}", "jobs:x:only kubernetes unknown value: true"),
    ("only: {changes: a}", "jobs:x:only changes should be an array of strings"),
    # needs
    ("needs: y", "jobs:x:needs config can only be a hash or an array"),
    ("needs: {}", "jobs:x:needs config can not be an empty hash"),
    ("needs: [1]", "jobs:x:needs:need has an unsupported type"),
    ("needs: [{job: y, ref: main}]", "jobs:x:needs:need has an unsupported type"),
    ("needs: [{job: ''}]", "jobs:x:needs:need job can't be blank"),
    ("needs: [{job: 1}]", "jobs:x:needs:need job should be a string"),
    ("needs: [{job: y, art: 1}]", "jobs:x:needs:need config contains unknown keys: art"),
    (
        "needs: [{job: y, artifacts: 1}]",
        "jobs:x:needs:need artifacts should be a boolean value",
    ),
    ("needs: [{pipeline: a/b}]", "jobs:x:needs config uses invalid types: bridge"),
    ("needs: [{project: a/b, job: c}]", "jobs:x:needs:need ref can't be blank"),
    (
        f"needs: [{', '.join(['{pipeline: a, job: b}'] * 6)}]",
        "jobs:x:needs config must be less than or equal to 5",
    ),
    (
        "needs: [{job: y, parallel: 3}]",
        'jobs:x:needs:need:parallel config cannot use "parallel: <number>".',
    ),
    # parallel
    ("parallel: '3'", "jobs:x:parallel should be an integer or a hash"),
    ("parallel: 1.5", "jobs:x:parallel config must be an integer"),
    ("parallel: 0", "jobs:x:parallel config must be greater than or equal to 1"),
    ("parallel: 201", "jobs:x:parallel config must be less than or equal to 200"),
    ("parallel: {matrx: []}", "jobs:x:parallel config missing required keys: matrix"),
    ("parallel: {matrix: {A: b}}", "jobs:x:parallel:matrix config should be an array of hashes"),
    (
        "parallel: {matrix: [{}]}",
        "jobs:x:parallel:matrix:variables config requires at least 1 items",
    ),
    (
        "parallel: {matrix: [{PYTHON: [3.11, 3.12]}]}",
        "jobs:x:parallel:matrix:variables config should be a hash of key value pairs, "
        "value can be an array",
    ),
    (
        f"parallel: {{matrix: [{{A: {list(range(15))}, B: {list(range(14))}}}]}}",
        "jobs:x:parallel:matrix config generates too many jobs (maximum is 200)",
    ),
    # environment
    ("environment: 1", "jobs:x:environment config should be a hash or a string"),
    ("environment: {url: a}", "jobs:x:environment name can't be blank"),
    (
        "environment: a/",
        "jobs:x:environment name can contain only letters, digits, '-', '_', '/', '$', '{', '}', "
        "'.', and spaces, but it cannot start or end with '/'",
    ),
    (
        "environment: {name: a, action: rollback}",
        "jobs:x:environment action should be start, stop, prepare, verify, or access",
    ),
    ("environment: {name: a, on_stop: false}", "jobs:x:environment on stop should be a string"),
    (
        "environment: {name: a, deployment_tier: best}",
        "jobs:x:environment deployment tier must be one of production, staging, testing, "
        "development, other",
    ),
    (
        "environment: {name: a, auto_stop_in: soon}",
        "jobs:x:environment auto stop in should be a duration",
    ),
    (
        f"environment: {{name: a, url: '{'u' * 256}'}}",
        "jobs:x:environment url is too long (maximum is 255 characters)",
    ),
    (
        "environment: {name: a, kubernetes: {cluster: b}}",
        "jobs:x:environment:kubernetes config contains unknown keys: cluster",
    ),
    # release
    ("release: a", "jobs:x:release config should be a hash"),
    ("release: {description: a}", "jobs:x:release tag name can't be blank"),
    ("release: {tag_name: a}", "jobs:x:release description can't be blank"),
    (
        "release: {tag_name: a, description: b, notes: c}",
        "jobs:x:release config contains unknown keys: notes",
    ),
    (
        "release: {tag_name: a, description: b, released_at: today}",
        "jobs:x:release released at must be a valid datetime",
    ),
    (
        "release: {tag_name: a, description: b, ref: 'a..b'}",
        "jobs:x:release ref must be a valid ref",
    ),
    (
        "release: {tag_name: a, description: b, assets: {}}",
        "jobs:x:release:assets links can't be blank",
    ),
    (
        "release: {tag_name: a, description: b, assets: {links: [c]}}",
        "jobs:x:release:assets links should be an array of hashes",
    ),
    (
        "release: {tag_name: a, description: b, assets: {links: [{name: c}]}}",
        "jobs:x:release:assets:links:link url can't be blank",
    ),
    # retry, timeout, coverage, tags
    ("retry: 3", "retry config must be less than or equal to 2"),
    ("retry: -1", "retry config must be greater than or equal to 0"),
    ("retry: '2'", "retry config has to be either an integer or a hash"),
    ("retry: {max: '1'}", "retry max is not a number"),
    ("retry: {times: 1}", "retry config contains unknown keys: times"),
    ("retry: {when: never}", "retry when is not included in the list"),
    ("retry: {when: [never]}", "retry when contains unknown values: never"),
    (
        "retry: {exit_codes: '1'}",
        "retry exit codes should be an array of integers or an integer",
    ),
    ("timeout: 3600", "jobs:x:timeout config should be a duration"),
    ("timeout: 5 weeks", "jobs:x:timeout config should not exceed the limit"),
    ("coverage: total", "jobs:x:coverage config must be a regular expression with re2 syntax"),
    ("coverage: /(/", "jobs:x:coverage config must be a regular expression with re2 syntax"),
    ("coverage: '/a(?=b)/'", "jobs:x:coverage config must be a regular expression with re2 syntax"),
    ("tags: linux", "jobs:x:tags config should be an array of strings"),
    (
        f"tags: [{', '.join('t' * 50)}]",
        "jobs:x:tags config must be less than the limit of 50 tags",
    ),
    # inherit
    ("inherit: none", "jobs:x:inherit config should be a hash"),
    ("inherit: {default: some}", "jobs:x:inherit:default should be a bool or array of strings"),
    (
        "inherit: {default: [script]}",
        "jobs:x:inherit:default config contains unknown values: script",
    ),
    ("inherit: {variables: 1}", "jobs:x:inherit:variables should be a bool or array of strings"),
    # the rest
    ("id_tokens: {A: {}}", "jobs:x:id_tokens:a config missing required keys: aud"),
    (
        "id_tokens: {A: {aud: 1}}",
        "jobs:x:id_tokens:a aud should be an array of strings or a string",
    ),
    ("identity: aws", "jobs:x identity must be one of: google_cloud"),
    ("secrets: {A: {vaults: b}}", "jobs:x:secrets:a config contains unknown keys: vaults"),
    ("secrets: {A: {vault: b, file: c}}", "jobs:x:secrets:a file should be a boolean value"),
    ("publish: a", "jobs:x publish can only be used within a `pages` job"),
    ("pages: a", "jobs:x:pages config should be a hash or a boolean value"),
    ("pages: {prefix: a}", "jobs:x:pages config contains unknown keys: prefix"),
    (
        "dast_configuration: {profile: a}",
        "jobs:x:dast_configuration config contains unknown keys: profile",
    ),
    ("inputs: {a: {type: string}}", "jobs:x:inputs:a must have a default value"),
    ("inputs: {a: {default: 1}}", "jobs:x:inputs:a default value is not a string"),
    ("inputs: {a: {type: map, default: b}}", "jobs:x:inputs:a type unknown value: map"),
]


@pytest.mark.parametrize(("keywords", "sentence"), CASES, ids=[case[0][:60] for case in CASES])
def test_a_mistake_is_refused_in_gitlabs_sentence(keywords: str, sentence: str) -> None:
    assert sentence in job_messages(keywords)
