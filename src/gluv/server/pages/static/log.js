// A job's log: lines that come, parts that are fetched when they are seen, folding, following.
import { openParts } from "./log_parts.js";
import { openSearch } from "./log_search.js";
import { openMarks } from "./log_marks.js";

const RUN_LINES = 500;

export function openLog() {
  const box = document.querySelector(".log");
  if (!box) return null;
  const parts = openParts(box);
  openSearch(box, parts);
  openMarks(box, parts);
  const follow = openFollow(box);
  openFolds(box);
  openStamps(box);
  const start = document.body.dataset.log;
  return start === undefined ? null : grower(box, follow, Number(start));
}

function grower(box, follow, offset) {
  let place = innermost(box);
  let partial = null;

  const lines = (html) => {
    let run = place.lastElementChild;
    if (!run?.classList.contains("run") || run.classList.contains("later") || run.childElementCount >= RUN_LINES) {
      run = document.createElement("div");
      run.className = "run";
      place.append(run);
    }
    run.insertAdjacentHTML("beforeend", html);
  };

  const steps = {
    lines: (step) => lines(step.html),
    open(step) {
      place.insertAdjacentHTML("beforeend", step.html);
      place = place.lastElementChild.querySelector("details");
    },
    close(step) {
      if (!place.matches("details")) return;
      place.querySelector(":scope > summary .took").textContent = step.took;
      place.removeAttribute("data-running");
      place = place.parentElement.parentElement;
    },
    partial(step) {
      if (!step.html) return;
      partial = document.createElement("div");
      partial.className = "partial";
      partial.innerHTML = step.html;
      place.append(partial);
    },
  };

  const log = {
    offset,
    grow(given, reached) {
      log.offset = reached;
      partial?.remove();
      partial = null;
      box.querySelector("[data-empty]")?.remove();
      for (const step of given) steps[step.step]?.(step);
      box.dispatchEvent(new Event("grown"));
      follow.keep();
    },
    end() {
      follow.end();
    },
  };
  follow.begin();
  return log;
}

function innermost(box) {
  let place = box;
  for (;;) {
    const inner = place.querySelector(":scope > .section > details[data-running]");
    if (!inner) return place;
    place = inner;
  }
}

function openFollow(box) {
  const button = document.querySelector("[data-log=follow]");
  let on = false;
  let moved = 0;

  const set = (value) => {
    on = value;
    button.setAttribute("aria-pressed", String(on));
    if (on) toEnd();
  };
  const toEnd = () => {
    moved = Date.now();
    window.scrollTo(0, box.getBoundingClientRect().bottom + window.scrollY - window.innerHeight + 24);
  };
  const atEnd = () => box.getBoundingClientRect().bottom <= window.innerHeight + 80;

  button.addEventListener("click", () => set(!on));
  // Scrolling up by hand pauses; scrolling to the end goes on.
  window.addEventListener("scroll", () => {
    if (!button.hidden && Date.now() - moved > 250) set(atEnd());
  }, { passive: true });

  return {
    begin() {
      button.hidden = false;
      if (!location.hash && atEnd()) set(true);
    },
    keep: () => on && toEnd(),
    end() {
      if (on) toEnd();
      on = false;
      button.hidden = true;
    },
  };
}

function openFolds(box) {
  const button = document.querySelector("[data-log=fold]");
  const sections = () => [...box.querySelectorAll("details")];
  const name = () => (button.textContent = sections().some((one) => one.open) ? "Fold all" : "Unfold all");
  button.hidden = sections().length === 0;
  name();
  button.addEventListener("click", () => {
    const open = sections().some((one) => one.open);
    for (const one of sections()) one.open = !open;
    name();
  });
  box.addEventListener("toggle", name, true);
  box.addEventListener("grown", () => (button.hidden = sections().length === 0));
}

function openStamps(box) {
  const button = document.querySelector("[data-log=times]");
  const look = () => (button.hidden = !box.querySelector(".at"));
  look();
  box.addEventListener("grown", look);
  button.addEventListener("click", () => {
    button.setAttribute("aria-pressed", String(box.classList.toggle("times")));
  });
}
