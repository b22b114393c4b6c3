"""A GitLab full of things, for the tests in a browser and for the pictures of the documentation."""

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from gluv.registry.names import normalise
from gluv.server.roles import MAINTAINER
from gluv.store import JobRow, PipelineRow, ProjectRow, Store
from gluv.store.artifacts import ARCHIVE, SIDECAR, Sidecar, artifacts_place, report_place
from gluv.store.releases import NewLink
from tests.server.showcase_files import (
    E2E_LINES,
    NOTES,
    README,
    TEST_LINES,
    job_log,
    junit_text,
    make_repository,
    wheel_bytes,
)

OWNER_TOKEN = "glpat-showcase-owner"


class Clock:
    """A clock that is set."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Showcase:
    """Fills a store; `clock` is the store's."""

    def __init__(self, directory: Path, now: float) -> None:
        self.clock = Clock(now - 40 * 86400)
        self.store = Store.open(directory / ".gluv", clock=self.clock)
        self.checkout = directory / "parrot"
        self.now = now
        self.shas = make_repository(self.checkout)
        owner = self.store.people.settle_owner(username="ada", name="Ada Marsh", email="a@e.org")
        self.store.tokens.add(
            OWNER_TOKEN, kind="personal", name="t", scopes=("api",), user_id=owner.id
        )
        self.store.people.set_role(owner.id, MAINTAINER, namespace_id=None, project_id=self._home())
        self.api = ""

    def _home(self) -> int:
        self.parrot = self.store.projects.settle(
            "aviary/birds/parrot",
            visibility="public",
            title="Parrot",
            description="Says what it is told to say",
            checkout=str(self.checkout),
            is_home=True,
        )
        return self.parrot.id

    def at(self, before: float) -> None:
        """Set the clock to so many seconds before now."""
        self.clock.now = self.now - before

    def pipeline(
        self,
        sha: int,
        *,
        ref: str = "main",
        tag: bool = False,
        source: str = "push",
        project: ProjectRow | None = None,
        name: str | None = None,
        parent_job: int | None = None,
    ) -> PipelineRow:
        """A pipeline for one of the commits."""
        return self.store.create_pipeline(
            source=source,
            ref=ref,
            tag=tag,
            sha=self.shas[sha],
            name=name,
            parent_job=parent_job,
            project_id=(project or self.parrot).id,
        )

    def job(
        self,
        pipeline: PipelineRow,
        name: str,
        stage: str,
        status: str = "created",
        took: float = 0,
        *,
        log: Sequence[str] = (),
        exit_code: int | None = None,
        reason: str = "",
        needs: Sequence[str] | None = None,
        when: str = "on_success",
        allow_failure: bool = False,
        bridge: bool = False,
        notes: tuple[str, ...] = (),
        coverage: float | None = None,
    ) -> JobRow:
        """A job and its log."""
        job = self.store.create_job(
            pipeline_id=pipeline.id,
            name=name,
            stage=stage,
            needs=needs,
            when=when,
            allow_failure=allow_failure,
            bridge=bridge,
        )
        if status in ("created",):
            return job
        if status not in ("skipped", "manual", "pending"):
            self.store.start_job(job.id, f"glcbt-show-{job.id}")
            if not bridge:
                text = job_log(log, at=int(self.clock.now), failed=exit_code, open_=status)
                self.store.log_path(job.id).write_text(text, newline="")
        if status != "running":
            self.clock.now += took
            self.store.finish_job(
                job.id,
                status=status,
                exit_code=0 if status == "success" else exit_code,
                reason=reason,
                duration=took,
                notes=notes,
                coverage=coverage,
            )
        found = self.store.job(job.id)
        assert found is not None
        return found

    def package(
        self,
        name: str,
        version: str,
        *,
        readme: str = "",
        summary: str = "",
        job: int | None = None,
        project: ProjectRow | None = None,
        requires: str = ">=3.10",
    ) -> str:
        """A wheel with metadata; returns its hash."""
        content, file_name = wheel_bytes(name, version, readme, summary, requires)
        with self.store.blobs.writer() as writer:
            writer.write(content)
            blob = writer.keep()
        self.store.packages.add_file(
            project_id=(project or self.parrot).id,
            name=name,
            version=version,
            normalised=normalise(name),
            requires_python=requires,
            summary=summary,
            metadata={
                "description": readme[:4000],
                "description_content_type": "text/markdown",
                "author_email": "Ada Marsh <ada@aviary.example>",
                "keywords": "birds,talking",
                "metadata_version": "2.4",
            },
            file_name=file_name,
            blob=blob,
            job_id=job,
        )
        return blob.sha256

    def artifacts(self, job: JobRow, files: dict[str, bytes], *, junit: str = "") -> None:
        """An archive and perhaps a junit report."""
        place = artifacts_place(self.store.directory, job.id)
        for name, content in files.items():
            path = place / ARCHIVE / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        reports: dict[str, tuple[str, ...]] = {}
        if junit:
            report = report_place(place, "junit") / "junit.xml"
            report.parent.mkdir(parents=True)
            report.write_text(junit)
            reports["junit"] = ("junit.xml",)
        sidecar = Sidecar(name="parrot", expire_at=self.now + 7 * 86400, reports=reports)
        (place / SIDECAR).write_bytes(msgspec.json.encode(sidecar))

    def fill(self) -> None:
        """Everything that the pictures show."""
        self._older()
        self._released()
        self._failed()
        self._running()
        self._others()
        self.at(0)

    def _older(self) -> None:
        for place, (ref, ends) in enumerate(
            (("main", "success"), ("talk-slowly", "failed"), ("main", "success"))
        ):
            self.at(20 * 86400 - place * 2 * 86400)
            pipeline = self.pipeline(place % 3, ref=ref, source="web" if place == 1 else "push")
            self.job(pipeline, "lint", "check", "success", 6.2)
            self.job(
                pipeline,
                "test",
                "test",
                ends,
                31.7,
                exit_code=1 if ends == "failed" else None,
                reason="script_failure" if ends == "failed" else "",
            )
            self.job(pipeline, "pack", "build", "success" if ends == "success" else "skipped", 4)
            self.store.finish_pipeline(pipeline.id, ends, 42.1 + place)
        for version in ("0.1.0", "0.1.1", "0.2.0rc1", "0.2.0"):
            self.clock.now += 3600
            self.package("parrot", version, readme=README, summary="Says what it is told to say")

    def _released(self) -> None:
        self.at(2 * 86400)
        pipeline = self.pipeline(3, ref="v1.0.0", tag=True)
        self.job(pipeline, "lint", "check", "success", 5.8)
        self.job(pipeline, "test: [3.12]", "test", "success", 24.2, coverage=96.4)
        self.job(pipeline, "test: [3.13]", "test", "success", 26.9, coverage=96.4)
        release = self.job(
            pipeline, "release", "release", "success", 9.1, log=("uv build --wheel",)
        )
        sha256 = self.package(
            "parrot",
            "1.0.0",
            readme=README,
            summary="Says what it is told to say",
            job=release.id,
        )
        base = f"{self.api}/projects/{self.parrot.id}/packages/pypi/files/{sha256}"
        self.store.releases.create(
            project_id=self.parrot.id,
            tag="v1.0.0",
            name="Parrot 1.0.0",
            description=NOTES,
            sha=self.shas[3],
            author="Ada Marsh",
            job_id=release.id,
            links=(
                NewLink(
                    name="parrot-1.0.0",
                    url=f"{base}/parrot-1.0.0-py3-none-any.whl",
                    filepath="/parrot.whl",
                    link_type="package",
                ),
                NewLink(name="Documentation", url="https://parrot.example/1.0", link_type="other"),
                NewLink(name="Runbook", url="https://run.example/parrot", link_type="runbook"),
            ),
        )
        self.store.finish_pipeline(pipeline.id, "success", 66.0)

    def _failed(self) -> None:
        self.at(5400)
        pipeline = self.pipeline(4, ref="talk-back", source="merge_request_event")
        self.failed_pipeline = pipeline
        self.job(pipeline, "lint", "check", "success", 6.4)
        self.job(
            pipeline,
            "types",
            "check",
            "failed",
            11.0,
            exit_code=1,
            reason="script_failure",
            allow_failure=True,
            log=("uv run mypy src", "src/parrot/talk.py:12: error: no return"),
        )
        for python in ("3.11", "3.12", "3.13", "3.14"):
            broken = python == "3.14"
            job = self.job(
                pipeline,
                f"test: [{python}]",
                "test",
                "failed" if broken else "success",
                28.3,
                exit_code=1 if broken else None,
                reason="script_failure" if broken else "",
                log=TEST_LINES if broken else ("uv run pytest", "128 passed in 3.10s"),
                needs=("lint",),
                coverage=None if broken else 94.2,
                notes=("uv sync without --locked changed uv.lock",) if broken else (),
            )
            self.artifacts(
                job,
                {
                    "htmlcov/index.html": b"<h1>Coverage</h1>\n<script>alert(1)</script>\n",
                    "htmlcov/style.css": b"h1 { color: red }\n",
                    "dist/parrot-1.1.0-py3-none-any.whl": os.urandom(18_432),
                    "coverage.xml": b'<?xml version="1.0"?>\n<coverage line-rate="0.942"/>\n',
                    "notes with spaces.txt": "héllo\n".encode(),
                },
                junit=junit_text(failed=2 if broken else 0),
            )
            if broken:
                self.failed_job = job
        self.job(pipeline, "pack", "build", "success", 4.4, needs=("lint",))
        self.job(pipeline, "docs", "build", "success", 7.9, needs=())
        self.job(pipeline, "publish", "deploy", "skipped", needs=("pack", "test: [3.14]"))
        self.job(pipeline, "pages", "deploy", "manual", when="manual", needs=("docs",))
        self.store.finish_pipeline(pipeline.id, "failed", 71.5)

    def _running(self) -> None:
        self.at(95)
        pipeline = self.pipeline(5, ref="main")
        self.running_pipeline = pipeline
        self.job(pipeline, "lint", "check", "success", 6.0)
        self.job(pipeline, "types", "check", "success", 10.2)
        self.clock.now = self.now - 70
        for python in ("3.11", "3.12", "3.13"):
            self.job(pipeline, f"test: [{python}]", "test", "success", 5.1, needs=("lint",))
        # A first attempt that failed, and the one that runs now.
        self.job(
            pipeline,
            "e2e",
            "test",
            "failed",
            12,
            exit_code=1,
            reason="runner_system_failure",
            needs=("lint", "types"),
        )
        self.clock.now = self.now - 41
        self.running_job = self.job(
            pipeline, "e2e", "test", "running", log=E2E_LINES, needs=("lint", "types")
        )
        self.job(pipeline, "pack", "build", "success", 4.4, needs=("lint",))
        bridge = self.job(pipeline, "cage", "build", "success", 3, bridge=True, needs=("pack",))
        child = self.pipeline(5, ref="main", source="parent_pipeline", parent_job=bridge.id)
        self.job(child, "rust-free", "test", "success", 2.0)
        self.store.finish_pipeline(child.id, "success", 3.0)
        self.job(pipeline, "publish", "deploy", needs=("pack", "e2e"))
        self.job(pipeline, "announce", "deploy", when="delayed", needs=("publish",))
        self.job(pipeline, "roll-back", "deploy", "manual", when="manual", needs=("publish",))

    def _others(self) -> None:
        self.at(6 * 86400)
        cage = self.store.projects.settle(
            "aviary/birds/cage", visibility="public", description="Where parrots do not want to be"
        )
        perch = self.store.projects.settle(
            "aviary/perch", visibility="public", description="A place to sit, for birds and tests"
        )
        for project, status in ((cage, "success"), (perch, "canceled")):
            pipeline = self.pipeline(1, project=project)
            self.job(pipeline, "test", "test", status, 12.0)
            self.store.finish_pipeline(pipeline.id, status, 14.0)
        self.package("cage", "0.4.1", summary="Bars of good steel", project=cage)
        self.package("cage-door", "0.4.1", summary="Opens, sometimes", project=cage)
        for place in range(6):
            self.clock.now += 60
            self.package(f"parrot-word-{place}", "2.0", summary="One more word to say")
        self.store.projects.settle("aviary/secret", visibility="private")
