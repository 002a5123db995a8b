// A text field that finds things while one types: <input data-picker="/where/to/ask/">. The answer to ?q=… is a list of
// <li role="option" data-value="…">. What was picked is only text in the field, so the form works the same without this.
"use strict";

(() => {
  const list = Object.assign(document.createElement("ul"), { id: "picker", className: "picker", hidden: true });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  let field = null; // whose list is open
  let timer = 0;
  let asked = 0;

  const options = () => [...list.querySelectorAll("[role=option]")];
  const chosen = () => list.querySelector("[aria-selected=true]");

  function choose(option) {
    for (const each of options()) each.setAttribute("aria-selected", String(each === option));
    option?.scrollIntoView({ block: "nearest" });
    if (option) field.setAttribute("aria-activedescendant", option.id);
    else field.removeAttribute("aria-activedescendant");
  }

  function close() {
    clearTimeout(timer);
    asked += 1; // an answer that is still under way comes too late
    list.hidden = true;
    field?.setAttribute("aria-expanded", "false");
    field?.removeAttribute("aria-activedescendant");
  }

  function open() {
    const place = field.getBoundingClientRect();
    document.getElementById("main").append(list);
    list.hidden = false;
    const left = Math.min(place.left, document.documentElement.clientWidth - list.offsetWidth - 8);
    list.style.left = `${Math.max(left, 8) + window.scrollX}px`;
    list.style.top = `${place.bottom + window.scrollY + 2}px`;
    field.setAttribute("aria-expanded", "true");
  }

  async function ask() {
    const turn = (asked += 1);
    const answer = await fetch(`${field.dataset.picker}?q=${encodeURIComponent(field.value)}`).catch(() => null);
    if (turn !== asked || !answer?.ok || answer.redirected) return;
    const html = await answer.text();
    if (turn !== asked || document.activeElement !== field) return;
    list.innerHTML = html;
    open();
  }

  function pick(option) {
    field.value = option.dataset.value;
    close();
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  document.addEventListener("focusin", (event) => {
    if (!event.target.matches("[data-picker]")) return close();
    field = event.target;
    field.removeAttribute("list"); // the browser's own suggestions, for pages without this
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-controls", "picker");
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-expanded", "false");
  });
  document.addEventListener("input", (event) => {
    if (event.target !== field) return;
    clearTimeout(timer);
    timer = setTimeout(ask, 120);
  });
  document.addEventListener("pointerdown", (event) => {
    const option = event.target.closest("#picker [role=option]");
    if (!option) return event.target === field || close();
    event.preventDefault(); // the focus stays in the field
    pick(option);
  });
  window.addEventListener("resize", () => field && close());
  // Before the form's own keys: with the list open, arrows move in it and Enter picks.
  document.addEventListener("keydown", (event) => {
    if (event.target !== field || event.altKey || event.ctrlKey || event.metaKey) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && list.hidden) {
      event.preventDefault();
      return ask();
    }
    if (list.hidden) return;
    if (step) {
      const all = options();
      const next = all.indexOf(chosen()) + step;
      choose(all[next < -1 ? all.length - 1 : next % Math.max(all.length, 1)]);
      event.preventDefault();
    } else if (event.key === "Enter" && chosen()) {
      event.preventDefault();
      event.stopPropagation();
      pick(chosen());
    } else if (event.key === "Escape") {
      event.stopPropagation();
      close();
    } else if (event.key === "Enter" || event.key === "Tab") close();
  }, true);
})();
