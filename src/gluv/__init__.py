"""gluv runs the GitLab CI/CD pipeline of a uv project on your own machine."""

__version__ = "0.1.0"
