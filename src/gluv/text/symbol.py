"""Ruby's symbols, the one class besides strings and numbers that GitLab lets YAML load."""


class Symbol(str):
    """A plain `:name` in YAML. GitLab's string checks refuse it where a string is wanted."""

    __slots__ = ()
