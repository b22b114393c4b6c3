// Before the page is painted: that there are scripts, and the theme that was chosen, if one was.
document.documentElement.dataset.script = "";
try {
  const chosen = localStorage.getItem("gluv-theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // Storage may be forbidden; the system's theme is as good.
}
