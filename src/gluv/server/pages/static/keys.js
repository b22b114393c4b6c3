// `/` goes to the search of the page, Escape leaves it.
export function takeKeys() {
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const field = document.querySelector("#log-query, input[data-slash]");
      if (!field || field.closest("[hidden]")) return;
      event.preventDefault();
      field.focus();
      field.select();
    } else if (event.key === "Escape") {
      const open = document.querySelector(".fold[open]");
      if (open) {
        open.open = false;
        open.querySelector("summary").focus();
      } else if (typing?.matches("input[type=search]") && !typing.value) typing.blur();
    }
  });
  document.addEventListener("click", (event) => {
    for (const open of document.querySelectorAll(".fold[open]")) {
      if (!open.contains(event.target)) open.open = false;
    }
  });
}
