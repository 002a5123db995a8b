// While the portal is asked: what is slow or fails is told, and focus stays where it was.
"use strict";
{
  const SLOW = 4000;
  const asksByItself = (element) => Boolean(element.getAttribute?.("hx-trigger")?.startsWith("load"));
  const timers = new WeakMap();

  // ── Slow, or no network at all ────────────────────────────────────────────────────────────────
  document.addEventListener("htmx:beforeSend", (event) => {
    if (asksByItself(event.detail.elt)) return;
    timers.set(event.detail.xhr, setTimeout(() => say("The portal is slow to answer. Still waiting."), SLOW));
  });
  document.addEventListener("htmx:afterRequest", (event) => clearTimeout(timers.get(event.detail.xhr)));
  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented && event.target.method === "post") {
      setTimeout(() => say("The portal is slow to answer. Still waiting; it is saved once, however long it takes."), SLOW);
    }
  });
  window.addEventListener("offline", () => say("This computer has lost its network. What you typed stays here."));
  window.addEventListener("online", () => say("The network is back."));

  // No answer. What asks by itself (a badge, a progress bar) asks again later without a word; a person is told.
  function unanswered(event, text) {
    const asker = event.detail.elt;
    if (!asksByItself(asker)) return say(text);
    setTimeout(() => {
      if (!asker.isConnected) return;
      const fresh = asker.cloneNode(true);
      asker.replaceWith(fresh);
      htmx.process(fresh);
    }, 5000);
  }
  const silent = (event) => unanswered(event, "The portal does not answer. Nothing you typed is lost; try again.");
  document.addEventListener("htmx:sendError", silent);
  document.addEventListener("htmx:timeout", silent);
  document.addEventListener("htmx:responseError", (event) => unanswered(event, "That did not work here. Nothing you typed is lost; try again."));

  // ── Focus ─────────────────────────────────────────────────────────────────────────────────────
  // htmx keeps it where the element has an id. Otherwise it goes to the control of the same name, or else to what was
  // swapped in, so that the next Tab goes on from there and not from the top of the page.
  const nameOf = (element) => (element.getAttribute("aria-label") || element.textContent).replace(/[\d,.\s]+/g, " ").trim();
  let before = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const active = document.activeElement;
    const target = event.detail.target;
    before = event.detail.shouldSwap && active && active !== target && target.contains(active) ? { place: target.id, tag: active.tagName, name: nameOf(active) } : null;
  });
  document.addEventListener("htmx:afterSettle", () => {
    const place = before && document.getElementById(before.place);
    if (!place || (document.activeElement && document.activeElement !== document.body)) return;
    const same = [...place.querySelectorAll(before.tag)].find((each) => nameOf(each) === before.name);
    before = null;
    const next = same ?? place;
    if (!same && !place.hasAttribute("tabindex")) place.setAttribute("tabindex", "-1");
    next.focus({ preventScroll: true });
  });
}
