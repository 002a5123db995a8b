// The keys of Receive payment. In money fields letters are commands, since no amount has one.
"use strict";

const paymentForm = () => document.getElementById("payment");
const rowFields = () => [...document.querySelectorAll("#rows input[data-tick]")];

// ── One thing after the other ───────────────────────────────────────────────────────────────────
// Who types fast is ahead of the answers. A key waits for the answer to the one before, and saving for all of them: or a
// check would be saved without what was just put on invoices.
const SETTLED = 60; // ms until what came is in the page
const waiting = [];
let underWay = 0;

function inTurn(act) {
  waiting.push(act);
  next();
}

function next() {
  while (!underWay && waiting.length) waiting.shift()();
}

const isOurs = (event) => event.detail.requestConfig?.path === paymentForm()?.dataset.draft;

document.addEventListener("htmx:beforeRequest", (event) => {
  if (!isOurs(event)) return;
  if (paymentForm().dataset.sent) return event.preventDefault(); // the page is leaving
  underWay += 1;
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (!isOurs(event)) return;
  setTimeout(() => { underWay = Math.max(underWay - 1, 0); next(); }, SETTLED);
});

document.addEventListener("submit", (event) => {
  if (event.target !== paymentForm() || !underWay) return;
  event.preventDefault();
  event.stopPropagation();
  inTurn(() => paymentForm().requestSubmit(event.submitter?.isConnected ? event.submitter : null));
}, true);

// ── Keys ────────────────────────────────────────────────────────────────────────────────────────
function moveInvoice(field, step) {
  const fields = rowFields();
  const to = fields[field.dataset.tick ? fields.findIndex((one) => one.id === field.id) + step : 0];
  to?.focus();
  to?.select();
}

function putRestOn(field) {
  htmx.ajax("POST", paymentForm().dataset.draft, { source: paymentForm(), target: "#rows", values: { do: field.dataset.rest } });
}

const press = (selector) => document.querySelector(selector)?.click();

// Answers replace the rows, so a field is found again by its id.
const again = (field) => document.getElementById(field.id);

function actOf(key, field) {
  if (key === "ArrowDown") return () => moveInvoice(field, 1);
  if (key === "ArrowUp" && field.dataset.tick) return () => moveInvoice(field, -1);
  if (key === " " && field.dataset.tick) return () => press(`#${field.dataset.tick}`);
  if (!singleKeys()) return null;
  if (key === "r" && field.dataset.rest) return () => again(field) && putRestOn(again(field));
  return /^[oac]$/.test(key) ? () => press(`#rows [data-key="${key}"]`) : null;
}

document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (!field.matches(".money-in input") || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = actOf(event.key, field);
  if (!act) return;
  event.preventDefault();
  const moves = event.key.startsWith("Arrow") && rowFields().length; // what is typed next belongs there at once
  if (moves) act();
  else inTurn(act);
});

// A part of a name was enough.
document.addEventListener("customerFound", (event) => { document.getElementById("id_customer").value = event.detail.name; });
