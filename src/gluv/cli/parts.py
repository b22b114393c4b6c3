"""Wires the parts of a run: store, toolchains, workspaces, the way to cancel."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from gluv.cli.cache import user_cache
from gluv.cli.outputs import own_outputs
from gluv.cli.project import Project
from gluv.cli.run_request import RunOptions
from gluv.execute.parts import Parts, Toolchain
from gluv.host.processes import StopSignal
from gluv.plan.model import PlannedJob
from gluv.store import Store

if TYPE_CHECKING:
    from gluv.host.engine import Engine


def gather_parts(
    project: Project,
    store: Store,
    server_url: str,
    manual: frozenset[str],
    taken: Mapping[str, int],
    reuse: frozenset[str],
    options: RunOptions,
    environ: Mapping[str, str],
) -> Parts:
    """The surroundings of a run; `manual` are the manual jobs that run."""
    cache = user_cache(environ)

    def toolchain(reference: str | None, job: PlannedJob) -> Toolchain:
        from gluv.toolchain.provide import provide

        return provide(
            reference,
            cache=cache,
            entrypoint=job.image.entrypoint if job.image else None,
            environ=environ,
            say=lambda what: None,
            default_image=project.checkout.settings.default_image,
        )

    executor = options.executor or project.checkout.settings.executor

    def engine() -> "Engine":
        from gluv.host.engine import find_engine

        return find_engine(executor if executor in ("docker", "podman") else "container", environ)

    return Parts(
        store=store,
        repository=project.checkout.root,
        builds=cache / "builds",
        kept=cache / "kept",
        toolchains=toolchain,
        server_url=server_url,
        settings=project.checkout.settings,
        environ=environ,
        commit=project.options.commit,
        jobs=options.parallel or os.cpu_count() or 2,
        keep_going=options.keep_going,
        delays=options.delays,
        cancel=StopSignal(),
        manual=manual,
        taken=taken,
        reuse=reuse,
        executor=executor,
        reading=project.checkout.reading,
        engine=engine,
        outputs=own_outputs(options),
    )
