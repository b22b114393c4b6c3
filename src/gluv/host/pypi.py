"""Where PyPI is, for this user: asked of uv, which knows the settings and the default."""

import shlex
from collections.abc import Mapping

from gluv.host.process import run


def simple_index(environ: Mapping[str, str]) -> str | None:
    """The address of the simple index that uv would use; None when uv does not tell.

    `PIP_INDEX_URL` counts where no setting of uv names an index.
    """
    import uv

    environment = dict(environ)
    if not any(environ.get(name) for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL")):
        pip = environ.get("PIP_INDEX_URL")
        environment |= {"UV_DEFAULT_INDEX": pip} if pip else {}
    command = [uv.find_uv_bin(), "pip", "compile", "--quiet", "--offline", "--no-header"]
    done = run([*command, "--emit-index-url", "-"], env=environment)
    words = shlex.split(done.stdout, comments=True)
    return words[words.index("--index-url") + 1] if "--index-url" in words else None
