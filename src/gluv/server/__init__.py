"""The embedded GitLab: REST API v4, registry, releases, as an ASGI app."""
