"""One attempt at a job, in GitLab Runner's stages and words."""

import contextlib
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gluv.errors import EngineUnavailable, Stop, StoreUnavailable
from gluv.execute import artifacts, cache
from gluv.execute.cache_reuse import Workspace
from gluv.execute.differences import ignored, unsupported
from gluv.execute.durations import read_duration, show_duration
from gluv.execute.events import JobPrepared
from gluv.execute.executors.choose import choose_executor, read_image
from gluv.execute.executors.contract import Executor, Limits
from gluv.execute.log import JobLog
from gluv.execute.result import JobCanceled, JobFailed, Result, hint_for
from gluv.execute.run import Run
from gluv.execute.runner_variables import without_effect
from gluv.execute.sources import lay_sources, lays_all
from gluv.execute.variables import Expansion, job_variables
from gluv.host.copy import remove_tree
from gluv.host.laid import Laid
from gluv.host.processes import StopLevel, StopSignal
from gluv.host.turns import Unwanted
from gluv.host.version import own_version
from gluv.plan.model import PlannedJob
from gluv.plan.variable import EnvVar
from gluv.script.release import write_release
from gluv.script.shell import COLLAPSED, Shown, write_script
from gluv.store.artifacts import artifacts_place
from gluv.trace.ansi import BOLD_GREEN, RESET

if TYPE_CHECKING:
    from gluv.execute.foreign import Foreign

AFTER_SCRIPT_TIMEOUT = 300.0
"""Seconds; GitLab Runner's `RUNNER_AFTER_SCRIPT_TIMEOUT`."""


class Attempt:
    """A job under way in this thread."""

    def __init__(
        self, run: Run, job: PlannedJob, job_id: int, token: str, log: JobLog, stop: StopSignal
    ) -> None:
        self._run = run
        self._job = job
        self._id = job_id
        self._token = token
        self._log = log
        self._stop = stop
        self._home = run.slot / run.directories[job.name]
        self._project = self._home / run.context.project.path
        self._private = self._project.with_name(f"{self._project.name}.tmp")
        self._executor: Executor | None = None
        self._deadline = time.monotonic() + job.timeout_seconds
        self._notes: list[str] = []
        self._hint = ""
        self._environment: dict[str, str] = {}
        self._expansion = Expansion({})
        self._script_began = False
        self._laid: Laid | None = None
        self._alone = True
        self._foreign: tuple[Foreign, ...] = ()

    def carry_out(self) -> Result:
        """From preparing to cleaning up; whatever happens is a result, and the log says so."""
        try:
            return self._carry_out()
        except OSError as error:
            # A full disk also stops the log, so its words go into the result first.
            words = f"(system failure): {error.strerror or error}"
            with contextlib.suppress(OSError):
                self._log.error(f"Job failed {words}")
            return Result(
                status="failed",
                reason="runner_system_failure",
                words=f"Job failed {words}",
                notes=tuple(map(self._log.conceal, (*self._notes, str(error)))),
                hint=hint_for(error),
                last_lines=self._log.last_lines,
            )
        finally:
            if self._executor is not None:
                self._executor.close()
            with contextlib.suppress(OSError):
                reuse = self._alone and not os.path.lexists(self._private)
                self._run.homes.give_back(self._home, reuse=reuse)

    def _carry_out(self) -> Result:
        failure: JobFailed | None = None
        canceled = False
        self._log.say(f"Running with gluv {own_version()}")
        try:
            self._prepare()
            self._get_sources()
            self._restore()
            self._scripts()
        except JobFailed as error:
            failure = error
        except (JobCanceled, Unwanted):
            canceled = True
        if self._script_began:
            failure = self._after_script(failure, canceled)
            if self._stop.level < 2 and time.monotonic() < self._deadline:
                refused = self._save(success=failure is None and not canceled)
                failure = failure or refused
        with self._log.section("cleanup_file_variables"), contextlib.suppress(OSError):
            remove_tree(self._private)
        return self._result(failure, canceled)

    def _result(self, failure: JobFailed | None, canceled: bool) -> Result:
        notes = tuple(map(self._log.conceal, self._notes))
        if canceled:
            self._log.error("Job failed: canceled")
            return Result(status="canceled", reason="job_canceled", words="canceled", notes=notes)
        if failure is None:
            self._log.say(f"{BOLD_GREEN}Job succeeded{RESET}")
            return Result(status="success", exit_code=0, notes=notes)
        self._log.error(f"Job failed{failure.words}")
        return Result(
            status="failed",
            exit_code=failure.exit_code,
            reason=failure.reason,
            words=self._log.conceal(failure.words),
            notes=notes,
            hint=self._log.conceal(self._hint or (self._executor.hint if self._executor else "")),
            last_lines=self._log.last_lines,
        )

    def _prepare(self) -> None:
        run, job, log = self._run, self._job, self._log
        variables = self._variables(str(self._home), str(self._project))
        if job.foreign_needs:
            from gluv.execute.foreign import find_foreign

            values = {one.key: one.value for one in variables}
            self._foreign = find_foreign(run, job, Expansion(values).runner)
            variables = self._variables(str(self._home), str(self._project))
        log.mask([self._token, *(one.value for one in variables if one.masked)])
        for clause in ignored(job, delays=run.parts.delays):
            run.differences.add(clause, job.name)
        own = (*job.variables, *run.pipeline.variables, *(one.key for one in run.context.settings))
        if (unused := without_effect(own)) is not None:
            run.differences.add(unused, job.name)
        with log.section("prepare_executor"):
            values = {one.key: one.value for one in variables}
            image = read_image(run, job, values)
            if (reason := unsupported(job)) is not None:
                raise JobFailed("runner_unsupported", f" (system failure): {reason}")
            try:
                executor = choose_executor(run, job, image, self._home, self._project)
                self._executor = executor
                # A hook finds an empty directory, and a container needs files that all may write.
                self._alone = executor.kind == "native" and lays_all(values) and not job.hooks
                self._laid = run.homes.take(self._home, reuse=self._alone, stop=self._stop)
                shown = f"image {image}" if image else "no image"
                log.say(f"Using {executor.kind} executor with {shown} ...")
                if not run.is_provided(image, job) or executor.kind != "native":
                    log.flush()
                executor.open()
                if executor.layout.inside != str(self._project):
                    layout, url = executor.layout, executor.server_url
                    variables = self._variables(layout.builds, layout.inside, url)
                    log.mask([self._token, *(one.value for one in variables if one.masked)])
                executor.prepare(variables, self._tell, self._deadline)
            except JobFailed:
                self._check_canceled()  # the job's time may have cut a pull off
                raise
            except Stop as stop:
                self._check_canceled()
                run.stopped(job, stop.exit_code)
                self._hint = stop.hint
                ours = isinstance(stop, EngineUnavailable | StoreUnavailable)
                reason = "runner_system_failure" if ours else "image_pull_failure"
                raise JobFailed(reason, f" (system failure): {stop.message}") from stop
            for clause in executor.differences:
                run.differences.add(clause, job.name)
        with log.section("prepare_script"):
            log.say(f"Running on {os.uname().nodename} ...")
            self._environment = executor.environment(variables)
            self._expansion = Expansion(self._environment)
        self._check_canceled()

    def _tell(self, line: str) -> None:
        self._log.say(line)
        if self._run.parts.details:
            what = self._log.conceal(line)
            self._run.emit(JobPrepared(at=time.time(), job=self._job.name, what=what))

    def _variables(
        self, builds: str, project: str, server_url: str | None = None
    ) -> tuple[EnvVar, ...]:
        """The job's variables, with paths and the server's address as its scripts see them."""
        return job_variables(
            self._run,
            self._job,
            job_id=self._id,
            token=self._token,
            builds=Path(builds),
            project=Path(project),
            server_url=server_url,
            foreign=[one.kept.dotenv for one in self._foreign],
        )

    @property
    def _place(self) -> Executor:
        assert self._executor is not None
        return self._executor

    def _outside(self, text: str) -> str:
        """A path of the configuration with its variables expanded, as this machine has it."""
        return self._place.layout.outside(self._expansion.path(text))

    def _get_sources(self) -> None:
        executor = self._place
        assert self._laid is not None
        with self._log.section("get_sources"):
            self._project.mkdir(parents=True, exist_ok=True)
            if hook := self._job.hooks.get("pre_get_sources_script"):
                executor.open_sources()
                self._shell(hook, stop_at=self._deadline)
                executor.take_back()
            lay_sources(
                *(self._run, self._job.name, self._laid, self._project),
                *(self._environment, self._log),
            )
            executor.open_sources()
        self._check_canceled()

    def _restore(self) -> None:
        job, run, log = self._job, self._run, self._log
        assert self._laid is not None
        if cache.has_restores(job.cache):
            with log.section("restore_cache"):
                cache.restore_caches(
                    run.parts.store.directory / "cache",
                    job.cache,
                    Workspace(self._laid, self._project),
                    log,
                    expand=self._expansion.runner,
                    last_resort=self._environment.get("CACHE_FALLBACK_KEY"),
                )
        self._laid.settle()
        handed = (*run.handed(job), *((one.name, one.kept) for one in self._foreign))
        if any(kept.archive for _, kept in handed) or self._foreign:
            with log.section("download_artifacts"):
                artifacts.lay_out(handed, self._project, log)
        self._check_canceled()

    def _scripts(self) -> None:
        job = self._job
        limit = self._script()
        if job.release is not None:
            steps = write_release(job.release, self._environment, expand=self._expansion.runner)
            with self._log.section("step_release"):
                self._script_began = True
                self._shell(steps, stop_at=limit)

    def _script(self) -> float:
        """`before_script` and `script`; returns when this step must end."""
        job = self._job
        self._environment["CI_JOB_STATUS"] = "running"
        limit = self._limit("RUNNER_SCRIPT_TIMEOUT", None)
        if commands := (*job.before_script, *job.script):
            with self._log.section("step_script"):
                self._script_began = True
                self._shell(commands, stop_at=limit)
        return limit

    def _after_script(self, failure: JobFailed | None, canceled: bool) -> JobFailed | None:
        """Run `after_script`; the result is the job's failure afterwards.

        As in GitLab Runner: always, but not when the job's own time is over; a failure is a
        warning unless `AFTER_SCRIPT_IGNORE_ERRORS` is `false`.
        """
        job, log = self._job, self._log
        over = time.monotonic() >= self._deadline
        if not job.after_script or over or self._stop.level == 2:
            return failure
        status = "canceled" if canceled else "failed" if failure else "success"
        self._environment["CI_JOB_STATUS"] = status
        limit = self._limit("RUNNER_AFTER_SCRIPT_TIMEOUT", AFTER_SCRIPT_TIMEOUT)
        problem: JobFailed | None = None
        with log.section("after_script"):
            try:
                self._shell(
                    job.after_script, stop_at=limit, ignore=1, said="Running after script..."
                )
            except JobFailed as error:
                problem = error
            except JobCanceled:
                return failure
        if problem is None:
            return failure
        strict = self._environment.get("AFTER_SCRIPT_IGNORE_ERRORS", "true").lower() == "false"
        if strict:
            return failure or problem
        words = problem.words.removeprefix(": ")
        command, said = log.last_command.removesuffix(COLLAPSED), log.last_said
        log.warn(f"after_script failed, but job will continue unaffected: {words}")
        if failure is None and not canceled:
            ended = f"exited {problem.exit_code}" if problem.exit_code is not None else words
            if command != log.last_command:
                command += " ..."
            note = "it is green, as on GitLab, but its after_script failed: "
            self._notes.append(f"{note}{command} {ended}{f' ({said})' if said else ''}")
        return failure

    def _save(self, *, success: bool) -> JobFailed | None:
        """Keep caches and artifacts; a report that GitLab refuses is the job's failure."""
        job, run, log = self._job, self._run, self._log
        assert self._laid is not None
        self._place.take_back()
        workspace = Workspace(self._laid, self._project)
        if cache.has_saves(job.cache, success=success):
            with log.section("archive_cache" if success else "archive_cache_on_failure"):
                cache.save_caches(
                    run.parts.store.directory / "cache",
                    job.cache,
                    workspace,
                    log,
                    success=success,
                    expand=self._expansion.runner,
                    expand_path=self._outside,
                )
        if job.artifacts is not None and artifacts.has_uploads(job.artifacts, success=success):
            with log.section(
                "upload_artifacts_on_success" if success else "upload_artifacts_on_failure"
            ):
                kept = artifacts.save_artifacts(
                    artifacts_place(run.parts.store.directory, self._id),
                    self._id,
                    job.artifacts,
                    self._project,
                    log,
                    success=success,
                    expand=self._outside,
                    now=run.parts.store.now(),
                    may_move=workspace.is_of_the_job if self._alone else lambda path: False,
                )
                run.keep(job, kept)
            if kept.refused:
                self._notes.append(f"its dotenv report was refused: {kept.refused}")
                return JobFailed("script_failure", ": exit code 1", exit_code=1)
        return None

    def _shell(
        self,
        commands: Sequence[str | Shown],
        *,
        stop_at: float,
        ignore: StopLevel = 0,
        said: str = "",
    ) -> None:
        """Run commands in a fresh shell in the project. Raises `JobFailed` and `JobCanceled`."""
        parts, executor = self._run.parts, self._place
        self._log.flush()
        ended = executor.run(
            write_script(
                commands,
                directory=executor.layout.inside,
                said=said,
                trace=self._environment.get("CI_DEBUG_TRACE", "").lower() == "true",
            ),
            self._environment,
            self._log.output,
            Limits(
                stop=self._stop,
                ignore_stop=ignore,
                deadline=min(stop_at, self._deadline),
                grace=parts.grace,
            ),
        )
        self._alone = self._alone and ended.alone
        match ended.stopped:
            case "canceled" | "killed":
                raise JobCanceled
            case "timeout" if time.monotonic() < self._deadline:
                words = ": script timeout context: context deadline exceeded"
                raise JobFailed("job_execution_timeout", words)
            case "timeout":
                self._check_canceled()
            case _ if ended.code:
                raise JobFailed("script_failure", f": exit code {ended.code}", exit_code=ended.code)

    def _limit(self, variable: str, default: float | None) -> float:
        """When a step must end, on the monotonic clock."""
        lasts = read_duration(self._environment.get(variable, "")) or default
        return self._deadline if lasts is None else time.monotonic() + lasts

    def _check_canceled(self) -> None:
        if self._stop.level:
            raise JobCanceled
        if time.monotonic() >= self._deadline:
            words = f"execution took longer than {show_duration(self._job.timeout_seconds)} seconds"
            raise JobFailed("job_execution_timeout", f": {words}")
