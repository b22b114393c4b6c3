"""The embedded GitLab of the server's tests, here as the one that clients talk to."""

from tests.server.conftest import host, launch

__all__ = ["host", "launch"]
