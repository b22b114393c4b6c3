// Pointing at a job shows what it needs and what needs it.
export function drawNeeds() {
  for (const name of ["pointerover", "focusin"]) document.addEventListener(name, point);
}

function point(event) {
  const drawing = document.querySelector(".drawing");
  if (!drawing?.querySelector(".edges")) return;
  const node = event.target.closest?.(".node");
  const number = node && drawing.contains(node) ? node.dataset.node : null;
  const near = new Set(number === null ? [] : [number]);
  for (const edge of drawing.querySelectorAll(".edges path")) {
    const touches = number !== null && (edge.dataset.from === number || edge.dataset.to === number);
    edge.classList.toggle("near", touches);
    if (touches) near.add(edge.dataset.from).add(edge.dataset.to);
  }
  for (const one of drawing.querySelectorAll(".node")) {
    one.classList.toggle("near", near.has(one.dataset.node));
    one.classList.toggle("far", number !== null && !near.has(one.dataset.node));
  }
}
