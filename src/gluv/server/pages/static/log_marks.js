// `#L120` and `#L120-140`: lines that a link points at.
export function openMarks(box, parts) {
  let first = 0;

  const mark = async () => {
    const match = /^#L(\d+)(?:-L?(\d+))?$/.exec(location.hash);
    for (const one of box.querySelectorAll(".picked")) one.classList.remove("picked");
    if (!match) return;
    const from = Number(match[1]);
    const to = Math.min(Number(match[2] || from), from + 5000);
    first = from;
    const target = await parts.line(from);
    paint();
    // The parts above change their height when they are filled: it is scrolled to once they are.
    target?.scrollIntoView({ block: "center" });
    function paint() {
      for (let number = Math.min(from, to); number <= Math.max(from, to); number++) {
        document.getElementById(`L${number}`)?.classList.add("picked");
      }
    }
  };

  window.addEventListener("hashchange", mark);
  box.addEventListener("click", (event) => {
    const number = event.target.closest(".number");
    if (!number || !event.shiftKey || !first) return;
    event.preventDefault();
    const other = Number(number.hash.slice(2));
    const [low, high] = [Math.min(first, other), Math.max(first, other)];
    history.replaceState(null, "", `#L${low}-${high}`);
    mark().then(() => (first = low));
  });
  if (location.hash) mark();
}
