"""The client half: GitLab's API from outside, and the `glab` that release jobs call."""
