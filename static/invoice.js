// Keys of the invoice form. Every one of them is also a button or the Tab key.
"use strict";

const form = document.getElementById("invoice");
const linesPart = document.getElementById("lines").closest("section"); // its table is replaced now and then

const fieldsOf = (part) => [...part.querySelectorAll("input:not([type=hidden]), textarea, select")].filter(
  (field) => !field.disabled && field.offsetParent,
);
const firstFieldOf = (line) => line && fieldsOf(line)[0];

form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.isComposing) return enter(event);
  if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "d") return duplicate(event);
  if (event.altKey && ["ArrowUp", "ArrowDown"].includes(event.key)) moveLine(event);
});

// Enter goes on to the next field and never saves; in a message it is a new line, as Shift and Enter are in a line.
function enter(event) {
  if (event.ctrlKey || event.metaKey) {
    if (!event.shiftKey) return; // saves, as in every form
    event.preventDefault();
    return form.requestSubmit(document.getElementById("save-and-send"));
  }
  const line = event.target.closest("tbody.line");
  const isText = event.target.matches("textarea");
  if (event.target.matches("button, a, summary") || (isText && (!line || event.shiftKey))) return;
  event.preventDefault();
  const fields = fieldsOf(form);
  const isLast = line && event.target === fieldsOf(line).at(-1) && !line.nextElementSibling;
  if (isLast) document.getElementById("add-line").click();
  else fields[fields.indexOf(event.target) + 1]?.focus();
}

function moveLine(event) {
  const line = event.target.closest("tbody.line");
  const other = event.key === "ArrowUp" ? line?.previousElementSibling : line?.nextElementSibling;
  if (!other?.matches("tbody.line")) return;
  event.preventDefault();
  if (event.key === "ArrowUp") other.before(line);
  else other.after(line);
  event.target.focus();
}

function duplicate(event) {
  const button = event.target.closest("tbody.line")?.querySelector("[data-copy]");
  if (!button) return;
  event.preventDefault();
  button.click();
}

// Several cells that are pasted into a line become lines from there on; a single text stays a text.
linesPart.addEventListener("paste", (event) => {
  const line = event.target.closest("tbody.line");
  const text = event.clipboardData.getData("text/plain");
  if (!line || !(text.includes("\t") || (text.trim().includes("\n") && event.target.matches("[name$=-item]")))) return;
  event.preventDefault();
  form.querySelector("[data-paste]").value = text;
  form.querySelector("[data-paste-at]").value = line.querySelector("[name=row]").value;
  document.getElementById("paste-rows").click();
});

// After lines were pasted, moved or duplicated the sums are worked out again.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target?.id !== "lines" || event.detail.requestConfig?.triggeringEvent?.target?.id === "add-line") return;
  form.querySelector("[data-paste]").value = form.querySelector("[data-paste-at]").value = "";
  form.dispatchEvent(new Event("change", { bubbles: true }));
});

// What was typed after a request had left stays: its answer does not know it, and the next request brings it along.
let sent = new FormData(form);
form.addEventListener("htmx:configRequest", () => (sent = new FormData(form)));
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const field = event.detail.target;
  if (field?.form !== form || !field.name) return;
  const isSame = field.type === "checkbox" ? field.checked === sent.has(field.name) : field.value === sent.get(field.name);
  if (!isSame) event.detail.shouldSwap = false;
});

// A removed line hands the focus to its neighbour.
linesPart.addEventListener("click", (event) => {
  const line = event.target.closest("[data-remove]")?.closest("tbody.line");
  if (!line) return;
  const neighbour = firstFieldOf(line.nextElementSibling) || line.previousElementSibling?.querySelector("input:not([type=hidden])");
  (neighbour || document.getElementById("add-line")).focus();
});
