// The keys of Receive payment. In money fields letters are commands, since no amount has one.
"use strict";

const rowFields = () => [...document.querySelectorAll("#rows input[data-tick]")];

function moveInvoice(field, step) {
  const fields = rowFields();
  const next = fields[fields.indexOf(field) + step];
  next?.focus();
  next?.select();
}

function putRestOn(field) {
  const form = document.getElementById("payment");
  htmx.ajax("POST", form.dataset.draft, { source: form, target: "#rows", values: { do: field.dataset.rest } });
}

document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (!field.matches(".money-in input") || event.ctrlKey || event.metaKey || event.altKey) return;
  const row = field.dataset.tick ? {
    ArrowDown: () => moveInvoice(field, 1),
    ArrowUp: () => moveInvoice(field, -1),
    " ": () => document.getElementById(field.dataset.tick).click(),
  } : { ArrowDown: () => rowFields()[0]?.focus() };
  if (field.dataset.rest) row.r = () => putRestOn(field);
  const letter = "oac".includes(event.key) && document.querySelector(`#rows [data-key="${event.key}"]`);
  const act = row[event.key] || (letter ? () => letter.click() : null);
  if (!act || (/^[a-z]$/.test(event.key) && !singleKeys())) return;
  event.preventDefault();
  act();
});

// A part of a name was enough.
document.addEventListener("customerFound", (event) => { document.getElementById("id_customer").value = event.detail.name; });
