"""Values of a job with the variables that are known before it runs put in."""

import msgspec

from gluv.config.keywords.artifacts import Artifacts
from gluv.config.keywords.environment import Environment
from gluv.config.keywords.image import Image
from gluv.config.keywords.job import Job
from gluv.config.keywords.pages import is_pages, pages_path
from gluv.config.keywords.release import Release, ReleaseLink
from gluv.config.keywords.services import Service
from gluv.config.keywords.trigger import Trigger
from gluv.plan.scope import Scope


def normal_image(image: Image | None, scope: Scope) -> Image | None:
    """`image:`, expanded as the runner does: an unknown variable is empty.

    A name of which nothing would be left stays as written: a dotenv report may still define it, and
    an image that is empty in the end is not the same as none.
    """
    if image is None:
        return None
    return Image(
        name=scope.final(image.name) or scope.known(image.name),
        entrypoint=image.entrypoint,
        docker=image.docker,
        kubernetes=image.kubernetes,
        pull_policy=image.pull_policy,
    )


def normal_services(services: tuple[Service, ...], scope: Scope) -> tuple[Service, ...]:
    """`services:`, expanded as the runner does; their `variables` wait for the others."""
    return tuple(
        Service(
            name=scope.final(service.name),
            alias=None if service.alias is None else scope.final(service.alias),
            entrypoint=service.entrypoint,
            command=service.command,
            variables=service.variables,
            docker=service.docker,
            kubernetes=service.kubernetes,
            pull_policy=service.pull_policy,
        )
        for service in services
    )


def normal_artifacts(job: Job) -> Artifacts | None:
    """`artifacts:`; of a Pages job with the folder that it publishes among its paths."""
    artifacts = job.artifacts
    if not is_pages(job.name, job.pages):
        return artifacts
    path = pages_path(job.pages, job.publish)
    if artifacts is None:
        return Artifacts(paths=(path,))
    if path in artifacts.paths:
        return artifacts
    return msgspec.structs.replace(artifacts, paths=(*artifacts.paths, path))


def normal_environment(
    environment: Environment | None, name: str | None, scope: Scope
) -> Environment | None:
    """`environment:` with its expanded name; a URL may still hold what only the job will know."""
    if environment is None or name is None:
        return None
    return Environment(
        name=name,
        url=None if environment.url is None else scope.known(environment.url),
        action=environment.action,
        on_stop=environment.on_stop,
        auto_stop_in=environment.auto_stop_in,
        deployment_tier=environment.deployment_tier,
        kubernetes=environment.kubernetes,
    )


def normal_release(release: Release | None, scope: Scope) -> Release | None:
    """`release:`; what is unknown stays as written, since a dotenv report may still define it."""
    if release is None:
        return None
    return Release(
        tag_name=scope.known(release.tag_name),
        description=scope.known(release.description),
        name=_known(release.name, scope),
        ref=_known(release.ref, scope),
        tag_message=_known(release.tag_message, scope),
        milestones=tuple(scope.known(milestone) for milestone in release.milestones),
        released_at=_known(release.released_at, scope),
        links=tuple(
            ReleaseLink(
                name=scope.known(link.name),
                url=scope.known(link.url),
                filepath=_known(link.filepath, scope),
                link_type=link.link_type,
            )
            for link in release.links
        ),
    )


def normal_trigger(trigger: Trigger | None, scope: Scope) -> Trigger | None:
    """`trigger:` with its project and branch expanded as GitLab does."""
    if trigger is None:
        return None
    return Trigger(
        project=None if trigger.project is None else scope.expand(trigger.project),
        branch=None if trigger.branch is None else scope.expand(trigger.branch),
        strategy=trigger.strategy,
        include=trigger.include,
        inputs=trigger.inputs,
        forward=trigger.forward,
    )


def _known(text: str | None, scope: Scope) -> str | None:
    return None if text is None else scope.known(text)
