"""The client half of a release; works against any GitLab."""
