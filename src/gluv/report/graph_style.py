"""The colours of the SVG graph, by day and by night."""

COLOURS = (
    ("#5b6bd6", "#93a0ff"),
    ("#c2571a", "#f0a066"),
    ("#1f8a5b", "#5fd0a0"),
    ("#b03a7c", "#f08cc3"),
    ("#1d7fa6", "#67c3ea"),
    ("#8a6d1c", "#dcc063"),
    ("#7a4fc0", "#c0a0f5"),
    ("#5d7a1f", "#a9cf63"),
)
"""Edges of one job share one of these (light, dark); eight that differ in hue."""

_LIGHT = {
    "page": "#ffffff",
    "panel": "#f4f5f9",
    "panel-line": "#e3e5ee",
    "box": "#ffffff",
    "box-line": "#b9bfd0",
    "text": "#1e2233",
    "soft": "#646b80",
    "wait": "#9aa1b5",
}
_DARK = {
    "page": "#12141c",
    "panel": "#1b1e2a",
    "panel-line": "#2a2e3d",
    "box": "#252938",
    "box-line": "#4a5068",
    "text": "#e8eaf2",
    "soft": "#a3a9bd",
    "wait": "#737a92",
}


def _variables(colours: dict[str, str], edges: int) -> str:
    plain = ";".join(f"--{name}:{value}" for name, value in colours.items())
    lines = ";".join(f"--c{index}:{pair[edges]}" for index, pair in enumerate(COLOURS))
    return f"svg{{{plain};{lines}}}"


STYLE = "".join(
    (
        _variables(_LIGHT, 0),
        f"@media(prefers-color-scheme:dark){{{_variables(_DARK, 1)}}}",
        'text{font-family:system-ui,"Segoe UI",Roboto,"Noto Sans",sans-serif}',
        ".page{fill:var(--page)}",
        ".panel{fill:var(--panel);stroke:var(--panel-line)}",
        ".title{font-size:13px;fill:var(--soft)}",
        ".stage{font-size:12px;font-weight:600;letter-spacing:.04em;fill:var(--soft)}",
        ".job rect{fill:var(--box);stroke:var(--box-line)}",
        ".job.manual rect{stroke-dasharray:4 3}",
        ".name{font-size:13px;font-weight:500;fill:var(--text)}",
        ".small{font-size:11px;fill:var(--soft)}",
        ".edge{fill:none;stroke-width:1.5;opacity:.85}.edge:hover{stroke-width:3;opacity:1}",
        ".wait{fill:none;stroke:var(--wait);stroke-width:1.2;stroke-dasharray:3 3}",
        ".cs path{fill:var(--wait)}",
        *(
            f".edge.c{index}{{stroke:var(--c{index})}}.head.c{index} path{{fill:var(--c{index})}}"
            for index in range(len(COLOURS))
        ),
    )
)
"""The style sheet of the picture."""
