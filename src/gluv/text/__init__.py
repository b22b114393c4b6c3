"""YAML as GitLab's Ruby Psych reads it: bytes to nodes that know file, line and column."""

from gluv.text.invalid import YamlInvalid

__all__ = ["YamlInvalid"]
