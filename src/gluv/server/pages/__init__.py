"""The web pages: what a person sees of projects, pipelines, jobs, packages and releases.

A page is a template and its values; the same pair, rendered part by part, keeps it live.
"""
