// Keys for reviewers, in the queue and on the page of one lesson. Everything they do is a link or a
// button of the page, so that nothing depends on them.
"use strict";

(function () {
  const say = (text) => { document.getElementById("announce").textContent = text; };
  const rows = () => [...document.querySelectorAll("[data-row]")];
  const typing = (el) => el.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
  const titleOf = (row) => row.querySelector("[data-open]");

  // The line that has the focus; before any has, the first is next.
  const here = () => document.activeElement && document.activeElement.closest("[data-row]");

  function go(step) {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(here());
    const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1);
    titleOf(all[next]).focus();
    all[next].scrollIntoView({ block: "nearest" });
    say(`${next + 1} of ${all.length}`);
  }

  function choose(row) {
    const box = row.querySelector("input[type=checkbox]");
    box.checked = !box.checked;
    box.dispatchEvent(new Event("change", { bubbles: true }));
    say(box.checked ? "Chosen" : "No longer chosen");
  }

  function showChosen() {
    const boxes = [...document.querySelectorAll("[data-row] input[type=checkbox]")];
    const count = boxes.filter((box) => box.checked).length;
    const said = document.querySelector("[data-chosen]");
    if (said) said.textContent = count ? `${count} chosen` : "Choose all";
    const all = document.querySelector("[data-all]");
    if (all) {
      all.checked = count > 0 && count === boxes.length;
      all.indeterminate = count > 0 && count < boxes.length;
    }
  }

  // Publishing cannot be taken back, so one key is not enough for it.
  function confirmed(what, then) {
    const box = document.getElementById("confirm");
    box.querySelector("[data-what]").textContent = what;
    box.returnValue = "";
    box.addEventListener("close", () => { if (box.returnValue === "yes") then(); }, { once: true });
    box.showModal();
  }

  // A line of the queue has its address; the page of one lesson has the buttons themselves.
  function onRow(key, row) {
    const link = titleOf(row);
    const isNew = row.dataset.kind === "lesson" && row.querySelector("[data-act=take]");
    const open = (hash, path) => {
      const address = new URL(link.href);
      if (path) address.pathname += path;
      address.hash = hash;
      location.assign(address);
    };
    if (key === "x") choose(row);
    else if (key === "t" && row.querySelector("[data-act=take]")) row.querySelector("[data-act=take]").click();
    else if (key === "r") open("reason");
    else if (!isNew) open("");
    else if (key === "e") open("", "/edit");
    else if (key === "a") confirmed(link.textContent, () => publish(row));
  }

  function publish(row) {
    const form = row.closest("form");
    for (const box of form.querySelectorAll("input[name=item]")) {
      box.checked = row.contains(box);
    }
    form.requestSubmit(form.querySelector('button[formaction$="/publish"]'));
  }

  function onPage(key, page) {
    const part = page.querySelector(`[data-act="${{ a: "publish", r: "reason", e: "edit", t: "take", u: "back" }[key]}"]`);
    if (!part) return;
    if (key === "a") confirmed(document.querySelector("h1").textContent, () => part.click());
    else if (key === "r") part.focus();
    else part.click();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const page = document.querySelector("[data-review]");
    const key = event.key;
    if (key === "?") document.getElementById("keys").showModal();
    else if (!page && (key === "j" || key === "k")) go(key === "j" ? 1 : -1);
    else if (page && "aretu".includes(key)) onPage(key, page);
    else if (!page && "aretx".includes(key)) {
      const row = here();
      if (!row) { say("Choose a line with j first."); return; }
      onRow(key, row);
    } else return;
    event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys]")) document.getElementById("keys").showModal();
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-all]")) {
      for (const box of document.querySelectorAll("[data-row] input[type=checkbox]")) {
        box.checked = event.target.checked;
      }
    }
    if (event.target.closest("[data-queue]")) showChosen();
  });

  document.addEventListener("DOMContentLoaded", showChosen);
})();
