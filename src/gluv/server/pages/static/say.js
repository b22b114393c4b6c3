// Words for screen readers, politely: the last ones count, and not more often than people can hear.
const PAUSE = 2500;
let waiting = "";
let timer = 0;
let last = 0;

export function say(words) {
  waiting = words;
  if (timer) return;
  timer = setTimeout(() => {
    timer = 0;
    last = Date.now();
    document.getElementById("said").textContent = waiting;
  }, Math.max(150, last + PAUSE - Date.now()));
}
