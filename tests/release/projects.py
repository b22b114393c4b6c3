"""uv projects that build without a network: their build backend is a module of their own."""

import subprocess
from pathlib import Path

BACKEND = '''\
"""A build backend: what it builds depends on pyproject.toml, package.py and SOURCE_DATE_EPOCH."""
import gzip, io, os, tarfile, time, tomllib, zipfile

FILES = ("pyproject.toml", "backend.py", "package.py")


def project():
    with open("pyproject.toml", "rb") as file:
        table = tomllib.load(file)["project"]
    if "version" in table.get("dynamic", ()):
        with open("package.py") as file:
            table["version"] = file.read().split('"')[1]
    return table


def metadata(table):
    lines = ["Metadata-Version: 2.1", f"Name: {table['name']}", f"Version: {table['version']}"]
    lines += ["Requires-Python: >=3.8", "Summary: A <b>demo</b>", "Keywords: one,two"]
    lines += [f"Classifier: {text}" for text in table.get("classifiers", ())]
    return "\\n".join(lines) + "\\n"


def moment():
    return int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())


def build_sdist(directory, config_settings=None):
    table = project()
    base = f"{table['name'].replace('-', '_')}-{table['version']}"
    with open(os.path.join(directory, base + ".tar.gz"), "wb") as raw:
        with gzip.GzipFile(fileobj=raw, mode="wb", mtime=moment(), filename="") as zipped:
            with tarfile.open(fileobj=zipped, mode="w") as archive:
                texts = {name: open(name, "rb").read() for name in FILES if os.path.exists(name)}
                for name, text in {**texts, "PKG-INFO": metadata(table).encode()}.items():
                    entry = tarfile.TarInfo(f"{base}/{name}")
                    entry.size, entry.mtime = len(text), moment()
                    archive.addfile(entry, io.BytesIO(text))
    return base + ".tar.gz"


def build_wheel(directory, config_settings=None, metadata_directory=None):
    table = project()
    name = table["name"].replace("-", "_")
    base, info = f"{name}-{table['version']}", f"{name}-{table['version']}.dist-info"
    files = {f"{name}.py": open("package.py").read(), f"{info}/METADATA": metadata(table)}
    files[f"{info}/WHEEL"] = "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    files[f"{info}/RECORD"] = "".join(f"{file},,\\n" for file in [*files, f"{info}/RECORD"])
    stamp = time.gmtime(moment())[:6]
    with zipfile.ZipFile(os.path.join(directory, base + "-py3-none-any.whl"), "w") as wheel:
        for file, text in files.items():
            wheel.writestr(zipfile.ZipInfo(file, date_time=stamp), text)
    return base + "-py3-none-any.whl"
'''

BUILD_SYSTEM = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


def package(
    directory: Path,
    name: str,
    version: str | None = "1.0.0",
    *,
    classifiers: tuple[str, ...] = (),
    builds: bool = True,
    extra: str = "",
) -> Path:
    """Write a package; without a version it is dynamic, read from `package.py`."""
    directory.mkdir(parents=True, exist_ok=True)
    said = 'dynamic = ["version"]' if version is None else f'version = "{version}"'
    (directory / "pyproject.toml").write_text(
        f'[project]\nname = "{name}"\n{said}\nrequires-python = ">=3.8"\n'
        f"classifiers = {list(classifiers)}\n\n{BUILD_SYSTEM if builds else ''}\n{extra}"
    )
    (directory / "package.py").write_text('VALUE = "1.0.0"\n')
    if builds:
        (directory / "backend.py").write_text(BACKEND)
    return directory


def git(directory: Path, *args: str) -> str:
    """Run git as somebody."""
    identity = ("-c", "user.name=Dev", "-c", "user.email=dev@example.org")
    done = subprocess.run(
        ["git", "-C", str(directory), *identity, *args], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def commit(directory: Path, tag: str | None = None, message: str = "Say what it does") -> None:
    """Commit everything, making the repository if there is none."""
    if not (directory / ".git").exists():
        git(directory, "init", "-q", "-b", "main")
        (directory / ".gitignore").write_text("dist/\nrelease.json\nrelease.env\n")
    git(directory, "add", "-A")
    git(directory, "commit", "-q", "--allow-empty", "-m", message)
    if tag is not None:
        git(directory, "tag", tag)
