"""The rules of GitLab's PyPI registry: names, upload decisions, simple pages."""
