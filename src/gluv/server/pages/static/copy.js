// Buttons that copy a line.
import { say } from "./say.js";

export function offerCopies(root) {
  for (const button of root.querySelectorAll(".copy[hidden]")) button.hidden = false;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.(".copy");
  if (!button) return;
  try {
    await write(button.dataset.copy);
  } catch {
    say("Copying was refused");
    return;
  }
  say("Copied");
  const use = button.querySelector("use");
  use.setAttribute("href", "#i-check");
  button.classList.add("done");
  setTimeout(() => {
    use.setAttribute("href", "#i-copy");
    button.classList.remove("done");
  }, 1600);
});

async function write(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Without https and away from localhost there is no clipboard API.
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "hide";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("refused");
}
