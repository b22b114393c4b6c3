from pathlib import Path

import pytest

from gluv.execute import cache as caches
from gluv.execute.cache_reuse import Workspace
from gluv.execute.log import JobLog
from gluv.host.laid import Laid
from gluv.plan.model import PlannedCache
from tests.execute.conftest import Sandbox, job

KEY = "0_uv-abc-non_protected"


def cache(*paths: str, key: str = KEY, **more: object) -> PlannedCache:
    return PlannedCache(key=key, paths=paths, **more)  # type: ignore[arg-type]


def fill(*names: str) -> str:
    return "; ".join(f"mkdir -p $(dirname {name}); echo {name} > {name}" for name in names)


def test_a_cache_comes_back_with_modes_and_links(sandbox: Sandbox) -> None:
    script = (fill(".c/a/b"), "chmod 755 .c/a/b; ln -s a/b .c/link; ln -s gone .c/dangling")
    first = sandbox.run(job("j", *script, cache=(cache("$DIR"),), variables={"DIR": ".c"}))
    assert f"Checking cache for {KEY}..." in first.lines("j")
    assert (
        "No URL provided, cache will not be downloaded from shared cache server. "
        "Instead a local version of cache will be extracted."
    ) in first.lines("j")
    assert "Failed to extract cache" in first.lines("j")
    assert first.printed("j", "archive_cache") == [
        f"Creating cache {KEY}...",
        ".c: found 5 matching artifact files and directories",
        "No URL provided, cache will be not uploaded to shared cache server. "
        "Cache will be stored only locally.",
        "Created cache",
    ]
    second = sandbox.run(
        job(
            "j",
            "test -x .c/a/b",
            "readlink .c/link .c/dangling",
            "cat .c/link",
            cache=(cache(".c"),),
        )
    )
    assert second.statuses == {"j": "success"}
    assert second.printed("j") == ["a/b", "gone", ".c/a/b"]
    assert "Successfully extracted cache" in second.lines("j")


def test_a_save_replaces_what_was_there(sandbox: Sandbox) -> None:
    sandbox.run(job("j", fill(".c/old"), cache=(cache(".c"),)))
    sandbox.run(job("j", "rm .c/old", fill(".c/new"), cache=(cache(".c"),)))
    assert sandbox.run(job("j", "ls .c", cache=(cache(".c"),))).printed("j") == ["new"]
    kept = [p for p in (sandbox.store.directory / "cache" / KEY).iterdir() if p.is_dir()]
    assert len(kept) == 1


def test_a_job_that_edits_in_place_does_not_change_the_cache(sandbox: Sandbox) -> None:
    sandbox.run(job("j", fill(".c/f"), cache=(cache(".c"),)))
    sandbox.run(job("j", "printf more >> .c/f", cache=(cache(".c", policy="pull"),)))
    assert sandbox.run(job("j", "cat .c/f", cache=(cache(".c"),))).printed("j") == [".c/f"]


@pytest.mark.parametrize(
    ("when", "ending", "saved"),
    [
        ("on_success", "true", True),
        ("on_success", "false", False),
        ("on_failure", "true", False),
        ("on_failure", "false", True),
        ("always", "true", True),
        ("always", "false", True),
    ],
)
def test_when(sandbox: Sandbox, when: str, ending: str, saved: bool) -> None:
    sandbox.run(job("j", fill(".c/f"), ending, cache=(cache(".c", when=when),)))
    assert (sandbox.store.directory / "cache" / KEY / "current").exists() is saved


@pytest.mark.parametrize(
    ("policy", "pulls", "pushes"),
    [
        ("pull", True, False),
        ("push", False, True),
        ("$P", True, False),
        ("pull-push", True, True),
        ("", True, True),
        ("$NOBODY_SET_THIS", True, True),
    ],
)
def test_policy(sandbox: Sandbox, policy: str, pulls: bool, pushes: bool) -> None:
    sandbox.run(job("j", fill(".c/f"), cache=(cache(".c"),)))
    ran = sandbox.run(
        job(
            "j",
            "cat .c/f || echo none",
            fill(".c/g"),
            cache=(cache(".c", policy=policy),),
            variables={"P": "pull"},
        )
    )
    assert (".c/f" in ran.printed("j")) is pulls
    after = sandbox.run(job("j", "ls .c", cache=(cache(".c"),)))
    assert ("g" in after.printed("j")) is pushes


def test_a_policy_that_there_is_not_fails_the_job(sandbox: Sandbox) -> None:
    entry = cache(".c", policy="$P")
    ran = sandbox.run(job("j", "echo ran", cache=(entry,), variables={"P": "pull push"}))
    assert ran.printed("j") == []
    assert "unknown cache policy pull push for" in "\n".join(ran.lines("j"))
    assert ran.finished["j"].reason == "runner_system_failure"


def test_fallback_keys_are_tried_in_order(sandbox: Sandbox) -> None:
    for name in ("second", "last"):
        sandbox.run(job("j", fill(f".c/{name}"), cache=(cache(".c", key=name),)))
    entry = cache(".c", key="new-$CI_COMMIT_REF_SLUG", fallback_keys=("first", "second"))
    assert sandbox.run(job("j", "ls .c", cache=(entry,))).printed("j") == ["second"]
    ran = sandbox.run(
        job(
            "j", "ls .c", cache=(cache(".c", key="none"),), variables={"CACHE_FALLBACK_KEY": "last"}
        )
    )
    assert ran.printed("j") == ["last"]


def test_several_caches_and_untracked_files(sandbox: Sandbox) -> None:
    two = (cache("a"), PlannedCache(key="u", untracked=True))
    sandbox.run(job("j", fill("a/f", "u/g"), cache=two))
    ran = sandbox.run(job("j", "ls u", cache=(two[1],)))
    assert ran.printed("j") == ["g"]


def test_nothing_outside_the_project_is_cached(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    script = (f"ln -s {tmp_path} away", fill("in/f"))
    paths = (f"{tmp_path}/secret", "../../x", "away/secret", "$CI_PROJECT_DIR/in")
    ran = sandbox.run(job("j", *script, cache=(cache(*paths),)))
    said = ran.printed("j", "archive_cache")
    assert sum("is not a subpath of project directory" in line for line in said) == 2
    place = sandbox.store.directory / "cache" / KEY
    assert not list(place.rglob("secret"))
    assert list(place.rglob("in/f"))


def test_a_cache_never_writes_through_a_link_of_the_project(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.run(job("j", fill("d/f"), cache=(cache("d"),)))
    (sandbox.repository / "d").symlink_to(tmp_path)
    ran = sandbox.run(job("j", "cat d/f; test ! -L d", cache=(cache("d"),)))
    assert ran.printed("j") == ["d/f"]
    assert not (tmp_path / "f").exists()


def test_a_key_cannot_leave_its_directory(sandbox: Sandbox) -> None:
    for key in ("../../up", "a/b", "%2e%2e%2Fup", ".hidden", "a\\b"):
        sandbox.run(job("j", fill("d/f"), cache=(cache("d", key=key),)))
    names = {place.name for place in (sandbox.store.directory / "cache").iterdir()}
    assert names == {"up", "a%2Fb", "%2Ehidden"}


def log_at(place: Path) -> JobLog:
    return JobLog(place, "j", lambda event: None, 10_000)


def test_an_interrupted_save_leaves_the_old_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, log = tmp_path / "one" / "p", log_at(tmp_path / "log")
    (project / "d").mkdir(parents=True)
    workspace = Workspace(Laid(str(tmp_path / "one")), project)
    (project / "d" / "f").write_text("old")
    one = (PlannedCache(key="k", paths=("d",)),)

    def save() -> None:
        caches.save_caches(
            tmp_path / "cache", one, workspace, log, success=True, expand=str, expand_path=str
        )

    save()
    (project / "d" / "f").write_text("new")

    def die(*args: object, **more: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("gluv.execute.cache.write_whole", die)
        with pytest.raises(KeyboardInterrupt):
            save()
    restored = tmp_path / "two" / "p"
    restored.mkdir(parents=True)
    other = Workspace(Laid(str(tmp_path / "two")), restored)
    caches.restore_caches(tmp_path / "cache", one, other, log, expand=str)
    assert (restored / "d" / "f").read_text() == "old"
    log.close()


@pytest.mark.parametrize("damage", [b"garbage", b"", b"0" * 32, b"\xff\xfe"])
def test_a_damaged_cache_is_a_missing_one(sandbox: Sandbox, damage: bytes) -> None:
    sandbox.run(job("j", fill("d/f"), cache=(cache("d"),)))
    (sandbox.store.directory / "cache" / KEY / "current").write_bytes(damage)
    ran = sandbox.run(job("j", "test ! -e d", fill("d/g"), cache=(cache("d"),)))
    assert ran.statuses == {"j": "success"}
    assert sandbox.run(job("j", "ls d", cache=(cache("d"),))).printed("j") == ["g"]


def test_an_unreadable_cache_is_no_error(sandbox: Sandbox) -> None:
    sandbox.run(job("j", fill("d/f"), cache=(cache("d"),)))
    lock = sandbox.store.directory / "cache" / KEY / "lock"
    lock.unlink()
    lock.mkdir()
    assert sandbox.run(job("j", "true", cache=(cache("d"),))).statuses == {"j": "success"}
