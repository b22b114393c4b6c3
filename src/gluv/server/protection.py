"""Protected tags: who may make releases of them, and change what is there."""

from gluv.server.answers import Refused, refused
from gluv.server.call import Call
from gluv.server.roles import MAINTAINER
from gluv.store import ReleaseRow


def may_create_tag(call: Call, name: str) -> bool:
    """Protected tags are for maintainers, as where GitLab protects a tag by default."""
    protected = call.project.protects(name)
    return not protected or call.gitlab.door.level(call.caller, call.project) >= MAINTAINER


def release_to_change(call: Call, *, missing: Refused) -> ReleaseRow:
    """The release of the path's tag, which the caller may change with all that belongs to it.

    Raises `Refused`: `missing` if there is none, 403 if its tag is protected from the caller.
    """
    release = call.gitlab.store.releases.find(call.project.id, call.path["tag_name"])
    if release is None:
        raise missing
    if not may_create_tag(call, release.tag):
        raise refused(403)
    return release
