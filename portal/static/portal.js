// What the pages can do beyond links and forms. Every page works without it.
"use strict";

(function () {
  const root = document.documentElement;
  const SCHEME = "portal-scheme";

  // Colours: the system's unless the person chose; applied before the first paint of the body.
  function applyScheme(choice) {
    if (choice === "light" || choice === "dark") root.dataset.bsTheme = choice;
    else delete root.dataset.bsTheme;
  }
  applyScheme(localStorage.getItem(SCHEME));
  root.classList.add("js");

  function setUpScheme() {
    const box = document.querySelector("[data-scheme]");
    if (!box) return;
    box.hidden = false;
    const now = localStorage.getItem(SCHEME) || "auto";
    for (const input of box.querySelectorAll("input")) {
      input.checked = input.value === now;
      input.addEventListener("change", () => {
        localStorage.setItem(SCHEME, input.value);
        applyScheme(input.value);
      });
    }
  }

  // Menus close by Escape and by a click elsewhere, as people expect of menus.
  function closeMenus(except) {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (menu !== except) menu.open = false;
    }
  }

  const palette = () => document.getElementById("palette");

  function openPalette() {
    const box = palette();
    if (!box || box.open) return;
    box.showModal();
    const input = box.querySelector("input");
    input.value = "";
    input.focus();
    input.dispatchEvent(new Event("palette-open"));
  }

  function choose(step) {
    const links = [...document.querySelectorAll("#palette-found a")];
    if (!links.length) return;
    const at = links.findIndex((link) => link.getAttribute("aria-selected") === "true");
    const next = (at + step + links.length) % links.length;
    links.forEach((link, i) => {
      link.setAttribute("aria-selected", String(i === next));
      link.id = link.id || `palette-option-${i}`;
    });
    links[next].scrollIntoView({ block: "nearest" });
    document.getElementById("palette-q").setAttribute("aria-activedescendant", links[next].id);
  }

  function paletteKeys(event) {
    if (event.key === "ArrowDown") choose(1);
    else if (event.key === "ArrowUp") choose(-1);
    else if (event.key === "Enter") {
      const chosen = document.querySelector('#palette-found a[aria-selected="true"]');
      if (!chosen) return;
      chosen.click();
    } else return;
    event.preventDefault();
  }

  // An example of the search syntax goes behind what is typed, with its word ready to be replaced.
  function insertExample(text) {
    const box = document.querySelector("main [data-search]");
    const start = box.value ? box.value.replace(/\s+$/, "").length + 1 : 0;
    box.value = (box.value ? box.value.replace(/\s+$/, "") + " " : "") + text;
    box.focus();
    const word = text.search(/[^"+\-:]+"?$/);
    box.setSelectionRange(start + word, start + text.length - (text.endsWith('"') ? 1 : 0));
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  const typing = (el) => el.closest("input, textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openPalette();
    } else if (event.key === "/" && !typing(event.target) && !event.ctrlKey && !event.metaKey) {
      const box = document.querySelector("main [data-search]") || document.querySelector("[data-search]");
      if (!box) return;
      event.preventDefault();
      box.focus();
      box.select();
    } else if (event.key === "Escape") {
      const menu = document.querySelector("details.menu[open]");
      if (!menu) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (event.target.id === "palette-q") paletteKeys(event);
  });

  // A button that copies a field is shown where the browser can copy.
  function copy(button) {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    navigator.clipboard.writeText(field.value).then(() => {
      button.querySelector("span").textContent = "Copied";
      document.getElementById("announce").textContent = "Copied.";
    });
  }

  document.addEventListener("click", (event) => {
    closeMenus(event.target.closest("details.menu"));
    if (event.target === palette()) palette().close();
    if (event.target.closest("[data-print]")) window.print();
    const copier = event.target.closest("[data-copy]");
    if (copier) copy(copier);
    const example = event.target.closest("[data-insert]");
    if (example) insertExample(example.dataset.insert);
  });

  // A form that only filters goes at once when something in it changes.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-auto]");
    if (form) form.requestSubmit();
  });

  // Leaving a half-filled form asks first.
  let dirty = false;
  document.addEventListener("input", (event) => {
    if (event.target.closest("form[data-guard]")) dirty = true;
  });
  document.addEventListener("submit", () => { dirty = false; });
  window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });

  document.addEventListener("DOMContentLoaded", () => {
    setUpScheme();
    if (navigator.clipboard) document.querySelectorAll("[data-copy]").forEach((button) => { button.hidden = false; });
    const summary = document.querySelector("[data-focus]");
    if (summary) summary.focus();
  });

  // A form that is not in order comes back with what is wrong, as a part; a whole page does not.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, serverResponse } = event.detail;
    if ([400, 409].includes(xhr.status) && !/^\s*<!doctype/i.test(serverResponse)) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });

  // What could not be sent says so beside the field, whose text stays.
  function sayTrouble(event, isBusy) {
    const line = event.detail.elt.querySelector && event.detail.elt.querySelector("[data-trouble]");
    if (!line) return;
    if (isBusy) line.textContent = line.dataset.busy;
    line.hidden = false;
  }
  document.addEventListener("htmx:sendError", (event) => sayTrouble(event, false));
  document.addEventListener("htmx:responseError", (event) => sayTrouble(event, event.detail.xhr.status === 429));

  // htmx swaps parts only; a screen reader hears what changed from the part's own words.
  document.addEventListener("htmx:afterSwap", (event) => {
    // What was put in sends the event; the target may be the part that it took the place of.
    const said = event.target.querySelector("[data-announce]") || event.detail.target.querySelector("[data-announce]");
    if (said) document.getElementById("announce").textContent = said.dataset.announce;
  });
})();
