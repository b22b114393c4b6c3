"""What people wrote as HTML: nothing of it runs, nothing is loaded."""

import gzip
import io
import tarfile
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest

from gluv.server.markup import Kind, kind_of, rendered
from gluv.server.pages.readme import MAX_METADATA, read_readme
from gluv.store import FileRow, PackageRow

EVIL = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "![x](https://elsewhere.example/pixel.png)",
    "<iframe src=https://elsewhere.example></iframe>",
    "<style>body{display:none}</style>",
    "<div style='position:fixed' class='bar' id='main'>x</div>",
    "<form action=https://elsewhere.example><input name=token></form>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=x&gt;'>"
    "</table></mtext></math>",
    "<base href=https://elsewhere.example>",
    "<meta http-equiv=refresh content='0;url=https://elsewhere.example'>",
    ".. raw:: html\n\n   <script>alert(1)</script>",
    ".. image:: https://elsewhere.example/x.png",
    ".. include:: /etc/passwd",
    "`x <javascript:alert(1)>`_",
)
TAGS = {
    *("a", "p", "pre", "code", "h2", "h3", "h4", "h5", "h6", "ul", "li", "div", "blockquote"),
    *("table", "thead", "tbody", "tr", "th", "td", "strong", "em", "span", "ol", "hr", "br"),
}


class _Sound(HTMLParser):
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS
        for name, value in attrs:
            assert name in ("href", "title", "rel", "start", "class")
            assert name != "class" or value == "written"
            assert name != "href" or (value or "").startswith(("http", "mailto:", "#", "/"))


@pytest.mark.parametrize("text", EVIL)
@pytest.mark.parametrize("kind", ["markdown", "rst", "plain"])
def test_nothing_runs_and_nothing_is_loaded(text: str, kind: Kind) -> None:
    parser = _Sound()
    parser.feed(rendered(f"{text}\n\n{text}", kind))
    parser.close()
    assert "root:" not in rendered(text, kind)


def test_markdown_is_rendered_below_the_heading_of_the_page() -> None:
    html = rendered("# One\n\n### Two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n~~no~~", "markdown")
    assert "<h3>One</h3>" in html
    assert "<h4>Two</h4>" in html
    assert "<td>1</td>" in html
    assert "<s>no</s>" in html or "<del>no</del>" in html


def test_restructured_text_is_rendered_and_a_broken_one_shown_as_written() -> None:
    assert "<em>hello</em>" in rendered("*hello*", "rst")
    broken = rendered("One\n===\n\nTwo\n-----\n\n.. nothing::\n", "rst")
    assert "nothing" in broken or "Two" in broken


def test_the_kind_is_that_of_the_metadata() -> None:
    assert kind_of("text/markdown; charset=UTF-8; variant=GFM") == "markdown"
    assert kind_of("") == "rst"
    assert kind_of("text/plain") == "plain"
    assert kind_of("application/x-evil") == "plain"


def test_text_that_nests_without_end_is_rendered_all_the_same() -> None:
    for text in ("> " * 5000 + "x", "[" * 20_000, "*a " * 20_000, "- " * 2000 + "x", "`" * 50_000):
        assert rendered(text, "markdown") is not None


def package(description: str = "") -> PackageRow:
    metadata = {"description": description, "description_content_type": "text/markdown"}
    return PackageRow(
        id=1,
        project_id=1,
        name="demo",
        version="1.0",
        normalised="demo",
        requires_python="",
        summary="",
        metadata=metadata,
        created_at=0,
    )


def file(path: Path) -> tuple[FileRow, Path]:
    row = FileRow(
        id=1,
        package_id=1,
        name=path.name,
        sha256="0" * 64,
        size=path.stat().st_size,
        requires_python="",
        job_id=None,
        created_at=0,
    )
    return row, path


def wheel(path: Path, metadata: bytes, members: int = 0) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(members):
            archive.writestr(f"demo/{number}", b"")
        archive.writestr("demo-1.0.dist-info/METADATA", metadata)
    return path


def sdist(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


LONG = "x" * 5000 + " the end é"
METADATA = f"Metadata-Version: 2.1\nDescription-Content-Type: text/x-rst\n\n{LONG}".encode()


def test_a_short_description_is_taken_as_uploaded(tmp_path: Path) -> None:
    whole = file(wheel(tmp_path / "demo-1.0-py3-none-any.whl", METADATA))
    assert read_readme(package("short"), [whole]).text == "short"


@pytest.mark.parametrize("uploaded", ["", "x" * 4000])
def test_what_was_cut_off_is_read_from_the_files(tmp_path: Path, uploaded: str) -> None:
    files = (
        wheel(tmp_path / "demo-1.0-py3-none-any.whl", METADATA),
        sdist(tmp_path / "demo-1.0.tar.gz", {"demo-1.0/a": b"a", "demo-1.0/PKG-INFO": METADATA}),
    )
    for path in files:
        readme = read_readme(package(uploaded), [file(path)])
        assert (readme.text, readme.content_type, readme.whole) == (LONG, "text/x-rst", True)


def test_bombs_and_rubbish_tell_nothing_and_take_no_memory(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb-1.0.tar.gz"
    with (
        gzip.open(bomb, "wb", compresslevel=9) as packed,
        tarfile.open(fileobj=packed, mode="w|") as archive,
    ):
        info = tarfile.TarInfo("bomb-1.0/zeros")
        info.size = 200 * 1024 * 1024
        archive.addfile(info, _Zeros(info.size))
    rubbish = tmp_path / "rubbish-1.0-py3-none-any.whl"
    rubbish.write_bytes(b"PK\x05\x06" + b"\xff" * 18)
    cut = wheel(tmp_path / "cut-1.0-py3-none-any.whl", METADATA)
    cut.write_bytes(cut.read_bytes()[:200])
    crowd = wheel(tmp_path / "crowd-1.0-py3-none-any.whl", METADATA, members=20_001)
    for path in (bomb, rubbish, cut, crowd):
        readme = read_readme(package("x" * 4000), [file(path)])
        assert (readme.text, readme.whole) == ("x" * 4000, False)


def test_metadata_that_unpacks_to_too_much_is_cut(tmp_path: Path) -> None:
    huge = METADATA + b"y" * (3 * MAX_METADATA)
    readme = read_readme(package(), [file(wheel(tmp_path / "huge-1.0-py3-none-any.whl", huge))])
    assert len(readme.text) < MAX_METADATA
    assert not readme.whole


class _Zeros(io.RawIOBase):
    """Zeros without end, made as they are read."""

    def __init__(self, size: int) -> None:
        self._left = size

    def read(self, amount: int = -1) -> bytes:
        taken = min(self._left, amount)
        self._left -= taken
        return bytes(taken)
