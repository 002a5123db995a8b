// Next to no JavaScript: light or dark, keys, menus that close, and forms that are sent once. See also asking.js, kept.js.
// Every page reads and every form posts without it.
"use strict";

// ── Light or dark, as the system is ─────────────────────────────────────────────────────────────
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const paint = () => { document.documentElement.dataset.bsTheme = dark.matches ? "dark" : "light"; };
paint();
dark.addEventListener("change", paint);

// ── The status line ─────────────────────────────────────────────────────────────────────────────
function say(text) {
  const line = document.createElement("p");
  line.textContent = text;
  document.getElementById("status").replaceChildren(line);
}

// ── Keys ────────────────────────────────────────────────────────────────────────────────────────
const SINGLE_KEYS = "single-keys";
const singleKeys = () => localStorage.getItem(SINGLE_KEYS) !== "off";
const isTyping = (element) => element.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

function searchField() {
  return document.querySelector("[data-search], main input[type=search]");
}

function moveRow(step) {
  const links = [...document.querySelectorAll("main .ledger tbody a.doc")].filter((link) => link.offsetParent);
  if (!links.length) return;
  const now = links.indexOf(document.activeElement);
  const next = now < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(now + step, 0), links.length - 1);
  links[next].focus();
}

const ACTS = {
  "/": () => searchField()?.focus(),
  "?": () => document.getElementById("keys")?.showModal(),
  j: () => moveRow(1),
  k: () => moveRow(-1),
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return saveForm(event);
  if (event.key === "Escape") return closeMenus();
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || !singleKeys()) return;
  if (document.querySelector("dialog[open]")) return;
  const link = /^[a-z]$/.test(event.key) && document.querySelector(`[data-key="${event.key}"]`);
  const act = link ? () => link.click() : ACTS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

// Ctrl+Enter presses the first primary button of the form one is in, or else of the page's main form.
function saveForm(event) {
  const form = event.target.closest("form[method=post]") || document.querySelector("form[data-main]");
  const button = form?.querySelector("button.btn-primary") || (form?.id && document.querySelector(`button.btn-primary[form="${form.id}"]`));
  if (!form || !button) return;
  event.preventDefault();
  form.requestSubmit(button);
}

// ── Menus and dialogs ───────────────────────────────────────────────────────────────────────────
function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu === except) continue;
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
    menu.open = false;
  }
}

document.addEventListener("click", (event) => {
  closeMenus(event.target.closest("details.menu"));
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    closeMenus();
    document.getElementById(opener.dataset.opens).showModal();
  }
});

document.addEventListener("DOMContentLoaded", () => {
  for (const opener of document.querySelectorAll("[data-opens][hidden]")) opener.hidden = false;
  const choice = document.querySelector("[data-single-keys]");
  if (!choice) return;
  choice.checked = singleKeys();
  choice.addEventListener("change", () => localStorage.setItem(SINGLE_KEYS, choice.checked ? "on" : "off"));
});

// ── Forms are sent once ─────────────────────────────────────────────────────────────────────────
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
});

// Back in a page that the browser kept: its forms may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
});
