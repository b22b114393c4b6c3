// The parts of a long log: fetched when they come near, given back when there are too many.
const MOST = 16;

export function openParts(box) {
  const places = new Map();
  const filled = new Set();
  const height = box.querySelector(".line")?.getBoundingClientRect().height || 20;
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) fill(entry.target);
  }, { rootMargin: "1200px 0px" });

  for (const place of box.querySelectorAll(".run.later")) {
    const first = Number(place.dataset.first);
    const last = Number(place.dataset.last);
    places.set(place, { first, last, link: place.innerHTML });
    place.style.minHeight = `${Math.round((last - first + 1) * height)}px`;
    watcher.observe(place);
  }

  async function fill(place) {
    const part = places.get(place);
    if (!part.coming) part.coming = take(place, part);
    return part.coming;
  }

  async function take(place, part) {
    const answer = await fetch(box.dataset.lines + part.first);
    if (!answer.ok) {
      part.coming = null;
      return;
    }
    const template = document.createElement("template");
    template.innerHTML = await answer.text();
    place.replaceChildren(...template.content.firstElementChild.childNodes);
    place.classList.remove("later");
    place.style.minHeight = "";
    // From here on the browser need not draw it where nobody looks; its height is known.
    place.style.containIntrinsicSize = `auto ${place.getBoundingClientRect().height}px`;
    place.classList.add("settled");
    filled.add(place);
    while (filled.size > MOST) giveBack(place);
    box.dispatchEvent(new Event("filled"));
  }

  function giveBack(but) {
    const middle = window.innerHeight / 2;
    const far = [...filled].filter((place) => place !== but).map((place) => {
      const { top, bottom } = place.getBoundingClientRect();
      return [Math.min(Math.abs(top - middle), Math.abs(bottom - middle)), place];
    }).sort((a, b) => b[0] - a[0])[0][1];
    const part = places.get(far);
    far.style.minHeight = `${Math.round(far.getBoundingClientRect().height)}px`;
    far.innerHTML = part.link;
    far.classList.replace("settled", "later");
    part.coming = null;
    filled.delete(far);
  }

  // The element of a line, once it is there; the sections around it are opened.
  async function line(number) {
    const inside = [...places].find(([, part]) => part.first <= number && number <= part.last);
    if (inside) await fill(inside[0]);
    const found = document.getElementById(`L${number}`);
    for (let up = found?.closest("details"); up; up = up.parentElement.closest("details")) up.open = true;
    return found;
  }

  return { line };
}
