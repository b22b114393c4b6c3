// Keeps the page live by server-sent events, as long as somebody looks at it.
import { offerCopies } from "./copy.js";
import { morph } from "./morph.js";
import { say } from "./say.js";
import { showTimes } from "./times.js";

const AGAIN = 10000;

export function listen(log) {
  const prefix = document.body.dataset.live;
  if (!prefix || !window.EventSource) return;
  const sign = document.querySelector(".live");
  let source = null;
  let over = false;
  let timer = 0;

  const show = (state, word) => {
    sign.hidden = false;
    sign.dataset.state = state;
    sign.querySelector(".live-word").textContent = word;
  };

  const open = () => {
    clearTimeout(timer);
    if (source || over || document.hidden) return;
    const address = new URL(prefix + location.pathname + location.search, location.href);
    if (log) address.searchParams.set("log", log.offset);
    source = new EventSource(address);
    source.addEventListener("open", () => show("on", "Live"));
    source.addEventListener("part", (event) => part(JSON.parse(event.data)));
    source.addEventListener("log", (event) => {
      // The id is where the stream is: a page that is hidden and shown again goes on from there.
      log?.grow(JSON.parse(event.data).steps, Number(event.lastEventId.split(".")[1]));
    });
    source.addEventListener("end", () => {
      over = true;
      close();
      show("over", "Finished");
      log?.end();
    });
    source.addEventListener("error", () => {
      if (source?.readyState !== EventSource.CLOSED) return show("off", "Reconnecting");
      // The server refused; it may be full, or start anew.
      close();
      show("off", "Not live");
      timer = setTimeout(open, AGAIN);
    });
  };

  const close = () => {
    source?.close();
    source = null;
  };

  // A browser has few connections to a server: a page that nobody sees gives its own back.
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", open);
  open();
}

function part({ id, html }) {
  const old = document.getElementById(id);
  if (!old) return;
  const said = old.dataset.say;
  morph(old, html);
  offerCopies(old);
  showTimes(old);
  if (old.dataset.title) document.title = document.title.replace(/^.*(?= · [^·]*$)/, old.dataset.title);
  if (old.dataset.say && old.dataset.say !== said) say(old.dataset.say);
}
