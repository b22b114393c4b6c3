"""What a job runs with: the keywords of a job `x`, and what GitLab says about them."""

import pytest

from tests.config.keywords.pipelines import job_messages

SCRIPT = "config should be a string or a nested array of strings up to 10 levels deep"

CASES = [
    # the job itself
    ("foo: 1", "jobs:x config contains unknown keys: foo"),
    ("stage: 1", "jobs:x:stage config should be a string"),
    (
        "when: later",
        "jobs:x when should be one of: on_success, on_failure, always, manual, delayed",
    ),
    ("when: true", "jobs:x when should be a string"),
    ("when: delayed", "jobs:x start in should be a duration"),
    ("{when: delayed, start_in: soon}", "jobs:x start in should be a duration"),
    ("{when: delayed, start_in: 8 days}", "jobs:x start in should not exceed the limit"),
    ("start_in: 1 day", "jobs:x start in must be blank"),
    ("allow_failure: often", "jobs:x allow failure should be a hash or a boolean value"),
    ("allow_failure: {codes: 1}", "jobs:x:allow_failure config contains unknown keys: codes"),
    (
        "allow_failure: {exit_codes: ['1']}",
        "jobs:x:allow_failure exit codes should be an array of integers or an integer",
    ),
    ("resource_group: 1", "jobs:x resource group should be a string"),
    ("manual_confirmation: 1", "jobs:x manual confirmation should be a string"),
    ("interruptible: maybe", "jobs:x:interruptible config should be a boolean value"),
    ("extends: 1", "jobs:x extends should be an array of strings or a string"),
    ("dependencies: y", "jobs:x dependencies should be an array of strings"),
    ("trigger: a/b", "jobs:x config these keys cannot be used together: script, trigger"),
    ("run: []", "jobs:x config these keys cannot be used together: script, run"),
    # scripts
    ("before_script: {a: b}", f"jobs:x:before_script {SCRIPT}"),
    ("after_script: [1]", f"jobs:x:after_script {SCRIPT}"),
    ("before_script: [[[[[[[[[[[[a]]]]]]]]]]]]", f"jobs:x:before_script {SCRIPT}"),
    ("hooks: {post: a}", "jobs:x:hooks config contains unknown keys: post"),
    ("hooks: {pre_get_sources_script: 1}", f"jobs:x:hooks:pre_get_sources_script {SCRIPT}"),
    # image and services
    ("image: [a]", "jobs:x:image config should be a hash or a string"),
    ("image: ''", "jobs:x:image name can't be blank"),
    ("image: {entrypoint: [a]}", "jobs:x:image name can't be blank"),
    ("image: {name: 1}", "jobs:x:image name should be a string"),
    ("image: {name: a, entrypoint: b}", "jobs:x:image entrypoint should be an array of strings"),
    ("image: {name: a, ports: [1]}", "jobs:x:image config contains disallowed keys: ports"),
    (
        "image: {name: a, pull_policy: sometimes}",
        "jobs:x:image:pull_policy config is not included in the list",
    ),
    (
        "image: {name: a, pull_policy: [always, x]}",
        "jobs:x:image:pull_policy config contains unknown values: x",
    ),
    ("image: {name: a, pull_policy: []}", "jobs:x:image:pull_policy config can't be blank"),
    (
        "image: {name: a, docker: {usr: a}}",
        "jobs:x:image executor opts object property at `/docker/usr` is a disallowed additional "
        "property",
    ),
    ("services: a", "jobs:x:services config should be an array"),
    ("services: [[a]]", "jobs:x:services:service config should be a hash or a string"),
    ("services: [{alias: a}]", "jobs:x:services:service name can't be blank"),
    (
        "services: [{name: a, command: b}]",
        "jobs:x:services:service command should be an array of strings",
    ),
    (
        "services: [{name: a, variables: {A: {value: b}}}]",
        "jobs:x:services:service:variables:a config must be a string",
    ),
    # variables
    ("variables: [a]", "jobs:x:variables config should be a hash"),
    ("variables: {A: [b]}", "variable definition must be either a string or a hash"),
    (
        "variables: {A: {value: b, description: c}}",
        "jobs:x:variables:a config uses invalid data keys: description",
    ),
    ("variables: {A: {value: [b]}}", "jobs:x:variables:a config value must be a scalar"),
    (
        "variables: {A: {value: b, expand: 'no'}}",
        "jobs:x:variables:a config expand should be a boolean value",
    ),
    # cache
    ("cache: a", "jobs:x:caches config can only be a hash or an array"),
    ("cache: [{}, {}, {}, {}, {}]", "jobs:x:caches config no more than 4 caches can be created"),
    ("cache: {keys: a}", "jobs:x:cache config contains unknown keys: keys"),
    ("cache: {key: 1}", "jobs:x:cache:key should be a hash, a string or a symbol"),
    ("cache: {key: a/b}", 'jobs:x:cache:key config cannot contain the "/" character'),
    ("cache: {key: a%2Fb}", 'jobs:x:cache:key config cannot contain the "/" character'),
    ("cache: {key: '..'}", 'jobs:x:cache:key config cannot be "." or ".."'),
    (
        "cache: {key: {prefix: a}}",
        "jobs:x:cache:key config must use exactly one of these keys: files, files_commits",
    ),
    (
        "cache: {key: {files: [a], files_commits: [a]}}",
        "jobs:x:cache:key config must use exactly one of these keys: files, files_commits",
    ),
    ("cache: {key: {files: []}}", "jobs:x:cache:key:files config requires at least 1 item"),
    ("cache: {key: {files: a}}", "jobs:x:cache:key:files config should be an array of strings"),
    (
        "cache: {key: {files: [a,b,c,d,e,f,g,h,i,j,k]}}",
        "jobs:x:cache:key:files config has too many items (maximum is 10)",
    ),
    (
        "cache: {key: {files_commits: [a,b,c]}}",
        "jobs:x:cache:key:files_commits config has too many items (maximum is 2)",
    ),
    (
        "cache: {key: {files: [a], prefix: [b]}}",
        "jobs:x:cache:key:prefix config should be a string or symbol",
    ),
    ("cache: {paths: a}", "jobs:x:cache:paths config should be an array of strings"),
    ("cache: {untracked: 'yes'}", "jobs:x:cache:untracked config should be a boolean value"),
    ("cache: {unprotect: 1}", "jobs:x:cache:unprotect config should be a boolean value"),
    ("cache: {when: never}", "jobs:x:cache when should be one of: on_success, on_failure, always"),
    (
        "cache: {policy: none}",
        "jobs:x:cache policy should be a variable or one of: pull-push, push, pull",
    ),
    (
        "cache: {fallback_keys: [a,b,c,d,e,f]}",
        "jobs:x:cache fallback keys has to many entries (maximum 5)",
    ),
    # artifacts
    ("artifacts: a", "jobs:x:artifacts config should be a hash"),
    ("artifacts: {path: [a]}", "jobs:x:artifacts config contains unknown keys: path"),
    ("artifacts: {paths: a}", "jobs:x:artifacts paths should be an array of strings"),
    ("artifacts: {name: 1}", "jobs:x:artifacts name should be a string"),
    ("artifacts: {expire_in: 7}", "jobs:x:artifacts expire in should be a duration"),
    ("artifacts: {expire_in: soon}", "jobs:x:artifacts expire in should be a duration"),
    (
        "artifacts: {access: all, public: true}",
        "jobs:x:artifacts config these keys cannot be used together: access, public",
    ),
    ("artifacts: {expose_as: a}", "jobs:x:artifacts paths can't be blank"),
    (
        "artifacts: {expose_as: a, paths: ['*']}",
        "jobs:x:artifacts paths can't contain '*' when used with 'expose_as'",
    ),
    (
        "artifacts: {expose_as: a/b, paths: [c]}",
        "jobs:x:artifacts expose as can contain only letters, digits, '-', '_' and spaces",
    ),
    (
        "artifacts: {reports: {junits: a}}",
        "jobs:x:artifacts:reports config contains unknown keys: junits",
    ),
    (
        "artifacts: {reports: {junit: 1}}",
        "jobs:x:artifacts:reports junit should be an array of strings or a string",
    ),
    (
        "artifacts: {reports: {coverage_report: {coverage_format: lcov, path: a}}}",
        "jobs:x:artifacts:reports:coverage_report coverage format must be one of supported "
        "formats: cobertura, jacoco.",
    ),
    (
        "artifacts: {reports: {coverage_report: {coverage_format: cobertura}}}",
        "jobs:x:artifacts:reports:coverage_report path can't be blank",
    ),
]


@pytest.mark.parametrize(("keywords", "sentence"), CASES, ids=[case[0][:60] for case in CASES])
def test_a_mistake_is_refused_in_gitlabs_sentence(keywords: str, sentence: str) -> None:
    assert sentence in job_messages(keywords)
