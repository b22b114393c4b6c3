// Makes an element what some HTML says, changing no more than differs: what is focused, selected,
// scrolled or folded stays so.
const KEPT = new Set(["open", "hidden", "title"]);

export function morph(old, html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const fresh = template.content.firstElementChild;
  if (fresh) same(old, fresh);
  return old;
}

function key(node) {
  return node.nodeType === 1 ? node.dataset?.key || node.id || "" : "";
}

function alike(one, other) {
  return one.nodeType === other.nodeType && one.nodeName === other.nodeName && key(one) === key(other);
}

function same(old, fresh) {
  if (old.nodeType !== 1) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  for (const { name, value } of fresh.attributes) {
    if (!KEPT.has(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    if (!KEPT.has(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  if (old.matches("time[data-ago], time[data-since]")) {
    old.removeAttribute("title");
    return;
  }
  children(old, fresh);
}

function children(old, fresh) {
  const keyed = new Map();
  for (const child of old.childNodes) if (key(child)) keyed.set(key(child), child);
  let at = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    let found = keyed.get(key(wanted));
    if (!found || !alike(found, wanted)) found = at && alike(at, wanted) && !key(at) ? at : null;
    if (!found) {
      old.insertBefore(wanted, at);
      continue;
    }
    if (found === at) at = at.nextSibling;
    else old.insertBefore(found, at);
    same(found, wanted);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}
