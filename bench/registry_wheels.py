"""Wheels that install, of any number and size."""

import os
import zipfile
from pathlib import Path


def make_wheels(place: Path, name: str, count: int, *, tiny: bool = False) -> list[Path]:
    """Versions 1.0 to 1.N of a package; what is there already is taken again."""
    return [_make(place, name, f"1.{number}", b"" if tiny else None) for number in range(count)]


def make_file(place: Path, name: str, size: int) -> Path:
    """One wheel of about a size in bytes."""
    return _make(place, name, "1.0", os.urandom(size))


def _make(place: Path, name: str, version: str, filling: bytes | None) -> Path:
    path = place / f"{name}-{version}-py3-none-any.whl"
    if path.exists():
        return path
    place.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    files: dict[str, bytes] = {
        f"{name}.py": f"VALUE = {version!r}\n".encode(),
        f"{name}_data.bin": os.urandom(10_000) if filling is None else filling,
        f"{info}/METADATA": (
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nRequires-Python: >=3.8\n"
        ).encode(),
        f"{info}/WHEEL": (
            b"Wheel-Version: 1.0\nGenerator: bench\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        ),
    }
    record = "".join(f"{file},,\n" for file in (*files, f"{info}/RECORD"))
    with zipfile.ZipFile(path, "w") as wheel:
        for file, content in {**files, f"{info}/RECORD": record.encode()}.items():
            wheel.writestr(file, content)
    return path
