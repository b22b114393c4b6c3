"""Nodes to `Config`: keywords, includes, inputs, extends, references; mistakes as problems."""
