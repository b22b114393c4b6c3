// Times as people say them: "3 minutes ago", and durations that run. The exact one is the tooltip.
const UNITS = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60]];
const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

function ago(seconds) {
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) return words.format(-Math.trunc(seconds / length), unit);
  }
  return Math.abs(seconds) < 10 ? "just now" : words.format(-Math.trunc(seconds), "second");
}

function span(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, "0");
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor(whole / 60) % 60)} min`;
}

export function showTimes(root) {
  const now = Date.now() / 1000;
  for (const time of root.querySelectorAll("time[data-ago], time[data-since]")) {
    const at = Date.parse(time.dateTime) / 1000;
    if (!time.title) time.title = new Date(at * 1000).toLocaleString();
    const text = "ago" in time.dataset ? ago(now - at) : span(now - at);
    if (time.textContent !== text) time.textContent = text;
  }
}

setInterval(() => document.hidden || showTimes(document), 1000);
