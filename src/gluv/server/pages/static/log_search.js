// Finds text in all of a log, also in the parts that are not shown, and goes from match to match.
import { say } from "./say.js";

export function openSearch(box, parts) {
  const form = document.querySelector(".log-search");
  const field = form.querySelector("input");
  const output = form.querySelector("output");
  let text = null;
  let matches = [];
  let at = -1;
  let timer = 0;
  form.hidden = false;

  const lines = async () => {
    if (!text) {
      const answer = await fetch(box.dataset.raw);
      text = answer.ok ? (await answer.text()).split("\n").map((line) => line.toLowerCase()) : [];
    }
    return text;
  };

  const find = async () => {
    const wanted = field.value.toLowerCase();
    matches = [];
    at = -1;
    if (wanted) {
      const all = await lines();
      if (wanted !== field.value.toLowerCase()) return;
      all.forEach((line, place) => line.includes(wanted) && matches.push(place + 1));
    }
    if (matches.length) await go(0);
    else show();
  };

  const go = async (place) => {
    at = (place + matches.length) % matches.length;
    const line = await parts.line(matches[at]);
    line?.scrollIntoView({ block: "center" });
    show(line);
  };

  const show = (here) => {
    const words = !field.value ? "" : matches.length ? `${at + 1} of ${matches.length}` : "no match";
    if (output.textContent !== words) say(words && `${words} ${matches[at] ? `, line ${matches[at]}` : ""}`);
    output.textContent = words;
    paint(here);
  };

  const paint = (here = document.getElementById(`L${matches[at]}`)) => {
    if (!window.Highlight) return;
    CSS.highlights.clear();
    const wanted = field.value.toLowerCase();
    if (!wanted || !matches.length) return;
    const ranges = [];
    const shown = new Set(matches);
    for (const line of box.querySelectorAll(".line")) {
      if (shown.has(Number(line.id.slice(1)))) ranges.push(...rangesIn(line, wanted));
      if (ranges.length > 5000) break;
    }
    CSS.highlights.set("log-match", new Highlight(...ranges));
    if (here) CSS.highlights.set("log-here", new Highlight(...rangesIn(here, wanted)));
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (matches.length) go(at + 1);
  });
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(find, 120);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.shiftKey && matches.length) {
      event.preventDefault();
      go(at - 1);
    }
  });
  for (const button of form.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => matches.length && go(at + Number(button.dataset.step)));
  }
  box.addEventListener("grown", () => (text = null));
  box.addEventListener("filled", () => paint());
}

function rangesIn(line, wanted) {
  const walker = document.createTreeWalker(line.querySelector(".text"), NodeFilter.SHOW_TEXT);
  const nodes = [];
  let whole = "";
  while (walker.nextNode()) {
    if (walker.currentNode.parentElement.closest(".at")) continue;
    nodes.push([whole.length, walker.currentNode]);
    whole += walker.currentNode.data.toLowerCase();
  }
  const spot = (offset) => {
    const [start, node] = nodes.findLast(([begin]) => begin <= offset);
    return [node, Math.min(offset - start, node.length)];
  };
  const ranges = [];
  for (let at = whole.indexOf(wanted); at >= 0; at = whole.indexOf(wanted, at + wanted.length)) {
    const range = document.createRange();
    range.setStart(...spot(at));
    range.setEnd(...spot(at + wanted.length));
    ranges.push(range);
  }
  return ranges;
}
