// What was typed when one turned out to be signed out: kept in this tab while one signs in, and put back.
"use strict";
{
  const PLACE = "typed-before-signing-in";
  const isSignIn = () => document.querySelector("input[autocomplete=current-password]") !== null;
  const fields = (form) => [...form.elements].filter((each) => each.name && !["hidden", "password", "file", "submit", "button"].includes(each.type));

  const isTicked = (each) => ["checkbox", "radio"].includes(each.type);

  function keep(form) {
    if (!form?.matches("form[data-main]") || isSignIn()) return;
    const typed = fields(form).map((each) => [each.name, each.value, isTicked(each) && each.checked]);
    sessionStorage.setItem(PLACE, JSON.stringify({ path: location.pathname, typed }));
  }

  function putBack(kept) {
    const form = document.querySelector("form[data-main]");
    const left = [...kept.typed];
    let last = null;
    for (const each of form ? fields(form) : []) {
      // Several fields may share a name: each takes the first that is left.
      const at = left.findIndex(([name, value]) => name === each.name && (!isTicked(each) || value === each.value));
      if (at < 0) continue;
      const [[, value, checked]] = left.splice(at, 1);
      if (each.value === value && (!isTicked(each) || each.checked === checked)) continue;
      each.value = value;
      if (isTicked(each)) each.checked = checked;
      last = each;
    }
    if (!last) return;
    last.dispatchEvent(new Event("input", { bubbles: true }));
    say("What you typed before signing in is back. It is not saved yet.");
  }

  // In the capturing phase, before anybody prevents anything.
  document.addEventListener("submit", (event) => keep(event.target), true);
  // An answer that sends the whole window elsewhere, as it does when one is signed out.
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.xhr.getResponseHeader("HX-Redirect")) keep(document.querySelector("form[data-main]"));
  });
  document.addEventListener("DOMContentLoaded", () => {
    const kept = JSON.parse(sessionStorage.getItem(PLACE) ?? "null");
    if (!kept) return;
    if (isSignIn()) return sessionStorage.setItem(PLACE, JSON.stringify({ ...kept, signedIn: true }));
    sessionStorage.removeItem(PLACE);
    if (kept.signedIn && kept.path === location.pathname) putBack(kept);
  });
}
