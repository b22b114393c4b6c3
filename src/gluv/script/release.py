"""`release:` to the commands of the release step, which runs between script and after_script.

GitLab pastes the texts between double quotes after the runner has expanded their variables, so a
back-tick in a tag message is executed there. Here the same expansion is done, and then every text
is one quoted word: nothing in it is ever executed.
"""

from collections.abc import Callable, Mapping

import msgspec

from gluv.config.keywords.release import Release
from gluv.script.quoting import quote
from gluv.script.shell import Shown

LOGIN = """\
directory="${GLAB_CONFIG_DIR:-${XDG_CONFIG_HOME:-$HOME/.config}/glab-cli}"
mkdir -p "$directory"
( umask 077; printf '%s\\n' "hosts:" "    '$CI_SERVER_FQDN':" \\
  "        api_protocol: $CI_SERVER_PROTOCOL" "        api_host: $CI_SERVER_FQDN" \\
  "        job_token: $CI_JOB_TOKEN" > "$directory/config.yml" )"""
"""What `glab auth login --job-token` leaves behind, without the token in any argument list."""


def write_release(
    release: Release, variables: Mapping[str, str], *, expand: Callable[[str], str]
) -> tuple[str | Shown, ...]:
    """The commands that create the release with glab, as GitLab's own step does.

    `variables` are the job's, `expand` the runner's expansion of `$NAME` and `${NAME}`. glab must
    be on PATH; a release that exists already fails the step (`--no-update`).
    """
    words = ["glab", "release", "create", "-R", variables.get("CI_PROJECT_PATH", "")]
    words.append(expand(release.tag_name))
    if release.links:
        links = [
            {key: expand(value) for key, value in _link(link).items()} for link in release.links
        ]
        words += ["--assets-links", msgspec.json.encode(links).decode()]
    if release.milestones:
        words += ["--milestone", ",".join(map(expand, release.milestones))]
    if release.name:
        words += ["--name", expand(release.name)]
    words += ["--experimental-notes-text-or-file", expand(release.description)]
    words += ["--ref", expand(release.ref) if release.ref else variables.get("CI_COMMIT_SHA", "")]
    if release.tag_message:
        words += ["--tag-message", expand(release.tag_message)]
    if release.released_at:
        words += ["--released-at", expand(release.released_at)]
    words += ["--no-update", "--no-close-milestone"]
    create = " ".join(quote(word) if _needs_quotes(word) else word for word in words)
    return (
        'export GITLAB_HOST="$CI_SERVER_URL"',
        Shown(
            text=LOGIN,
            echo="glab auth login --job-token $CI_JOB_TOKEN --hostname $CI_SERVER_FQDN "
            "--api-protocol $CI_SERVER_PROTOCOL",
        ),
        create,
    )


def _link(link: msgspec.Struct) -> dict[str, str]:
    """A link as glab's JSON has it."""
    renamed = {"filepath": "direct_asset_path"}
    pairs = msgspec.structs.asdict(link).items()
    return {renamed.get(key, key): str(value) for key, value in pairs if value is not None}


def _needs_quotes(word: str) -> bool:
    safe = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=:@+,")
    return not word or not set(word) <= safe
