"""The sections of a GitLab trace: the parts of a log that GitLab's page folds."""

from typing import Literal

from gluv.trace.ansi import BOLD_CYAN, CLEAR, RESET

SectionName = Literal[
    "prepare_executor",
    "prepare_script",
    "get_sources",
    "restore_cache",
    "download_artifacts",
    "step_script",
    "step_release",
    "after_script",
    "archive_cache",
    "archive_cache_on_failure",
    "upload_artifacts_on_success",
    "upload_artifacts_on_failure",
    "cleanup_file_variables",
]

TITLES: dict[SectionName, str] = {
    "prepare_executor": "Preparing the executor",
    "prepare_script": "Preparing environment",
    "get_sources": "Getting source from Git repository",
    "restore_cache": "Restoring cache",
    "download_artifacts": "Downloading artifacts",
    "step_script": 'Executing "step_script" stage of the job script',
    "step_release": 'Executing "step_release" stage of the job script',
    "after_script": "Running after_script",
    "archive_cache": "Saving cache for successful job",
    "archive_cache_on_failure": "Saving cache for failed job",
    "upload_artifacts_on_success": "Uploading artifacts for successful job",
    "upload_artifacts_on_failure": "Uploading artifacts for failed job",
    "cleanup_file_variables": "Cleaning up project directory and file based variables",
}


def section_start(name: SectionName, at: float) -> str:
    """The marker and the title that open a section; `at` in seconds since the epoch."""
    marker = f"section_start:{int(at)}:{name}\r{CLEAR}"
    return f"{marker}{CLEAR}{BOLD_CYAN}{TITLES[name]}{RESET}{RESET}\n"


def section_end(name: SectionName, at: float) -> str:
    """The marker that closes a section; the next one follows on the same line."""
    return f"section_end:{int(at)}:{name}\r{CLEAR}"
