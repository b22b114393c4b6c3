// The theme: as the system has it, light, dark.
const ORDER = ["", "light", "dark"];
const WORDS = { "": "follows the system", light: "light", dark: "dark" };

export function openTheme() {
  const button = document.querySelector(".theme");
  const root = document.documentElement;
  const name = () => button.setAttribute("aria-label", `Theme: ${WORDS[root.dataset.theme ?? ""]}`);
  button.hidden = false;
  name();
  button.addEventListener("click", () => {
    const next = ORDER[(ORDER.indexOf(root.dataset.theme ?? "") + 1) % ORDER.length];
    if (next) root.dataset.theme = next;
    else delete root.dataset.theme;
    try {
      if (next) localStorage.setItem("gluv-theme", next);
      else localStorage.removeItem("gluv-theme");
    } catch {
      // It holds for this page then.
    }
    name();
  });
}
