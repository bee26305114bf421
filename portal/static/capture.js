// Keeps what somebody types into a form of a lesson, and shows beside it what others have learned.
// Without it each step is kept when one goes on.
"use strict";

(function () {
  const SAVE_AFTER = 900; // milliseconds without a key
  const LOOK_AFTER = 400;
  const AGAIN_AFTER = 10000; // after a failure
  let saveTimer = 0;
  let lookTimer = 0;
  let busy = false;
  let typed = false; // something is not saved
  let parted = null; // what the other window says, until one has chosen
  let asked = 0;

  const form = () => document.querySelector("form[data-capture]");
  const time = (moment) =>
    new Date(moment).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });

  function say(text, bad) {
    const line = document.getElementById("saved");
    line.textContent = text;
    line.classList.toggle("text-bad", Boolean(bad));
  }

  function post(address) {
    const data = new URLSearchParams(new FormData(form()));
    return fetch(address, {
      method: "POST",
      headers: { "X-CSRFToken": data.get("csrf_token"), Accept: "application/json, text/html;q=0.5" },
      body: data,
    });
  }

  // Saving -----------------------------------------------------------------------------------

  function later(wait) {
    clearTimeout(saveTimer);
    saveTimer = setTimeout(save, wait);
  }

  async function save() {
    if (busy || parted || !typed) return;
    busy = true;
    typed = false;
    say("Saving …");
    try {
      const answer = await post(form().dataset.capture);
      if (answer.redirected) throw new Error("signed out");
      take(answer, await answer.json());
    } catch (error) {
      typed = true;
      const out = error.message === "signed out";
      say(
        out
          ? "Not saved: you are signed out. Sign in in another window; the text is kept in this page."
          : "Not saved: you are offline, the text is kept in this page.",
        true,
      );
      later(AGAIN_AFTER);
    }
    busy = false;
    if (typed) later(SAVE_AFTER);
  }

  function take(answer, found) {
    if (answer.ok) {
      form().elements.draft_version.value = found.version;
      if (!typed) say("Saved at " + time(found.saved_at));
    } else if (answer.status === 409) {
      part(found);
    } else {
      say("Not saved: " + (found.message || found.detail || "something went wrong."), true);
    }
  }

  // Two windows ------------------------------------------------------------------------------

  function part(found) {
    parted = found;
    const box = document.getElementById("conflict");
    box.querySelector("[data-said]").textContent = found.message;
    const rows = box.querySelector("[data-rows]");
    rows.replaceChildren();
    for (const row of found.differences) {
      const part = box.querySelector("template").content.cloneNode(true);
      const [here, there] = part.querySelectorAll("h3");
      const [mine, theirs] = part.querySelectorAll("blockquote");
      here.textContent = row.label + " (here)";
      there.textContent = row.label + " (in the other window)";
      mine.textContent = row.mine_shown || "Nothing";
      theirs.textContent = row.theirs_shown || "Nothing";
      rows.append(part);
    }
    box.hidden = false;
    box.focus();
    say("Not saved: choose one of the two texts.", true);
  }

  function put(name, value) {
    const control = form().elements[name];
    if (!control) return;
    if (control instanceof RadioNodeList) {
      for (const box of control) box.checked = (value || []).includes(box.value);
    } else if (control.type === "checkbox") control.checked = Boolean(value);
    else control.value = Array.isArray(value) ? value.join(", ") : value || "";
  }

  function choose(theirs) {
    const found = parted;
    parted = null;
    form().elements.draft_version.value = found.version;
    if (theirs) for (const row of found.differences) put(row.name, row.theirs);
    document.getElementById("conflict").hidden = true;
    typed = true;
    save();
    look();
  }

  // Beside the text --------------------------------------------------------------------------

  const DISMISSED = "portal-hints-not-here"; // for this tab only
  const dismissed = () => new Set(JSON.parse(sessionStorage.getItem(DISMISSED) || "[]"));

  function hideDismissed() {
    const gone = dismissed();
    for (const hint of document.querySelectorAll("[data-hint]")) {
      if (gone.has(hint.dataset.hint)) hint.remove();
    }
    for (const list of document.querySelectorAll(".hint-list")) {
      if (!list.children.length) list.closest("section").remove();
    }
  }

  function dismiss(hint) {
    const gone = dismissed().add(hint.dataset.hint);
    sessionStorage.setItem(DISMISSED, JSON.stringify([...gone]));
    hideDismissed();
    document.getElementById("announce").textContent = "The hint is put aside.";
  }

  async function look() {
    const box = document.getElementById("beside");
    if (!box || !form().dataset.beside) return;
    const mine = ++asked;
    const answer = await post(form().dataset.beside).catch(() => null);
    if (!answer || !answer.ok || answer.redirected || mine !== asked) return;
    const text = await answer.text();
    // An example that somebody reads stays open, and a button keeps the focus.
    if (box.querySelector("details[open]") || box.contains(document.activeElement)) return;
    const said = (part) => [...part.querySelectorAll("[data-announce]")].map((el) => el.dataset.announce).join(", ");
    const before = said(box);
    box.innerHTML = text;
    hideDismissed();
    if (said(box) !== before) document.getElementById("announce").textContent = said(box);
  }

  // ------------------------------------------------------------------------------------------

  function onInput(event) {
    if (!event.target.name) return;
    typed = true;
    if (!parted) {
      say("Not saved yet");
      later(SAVE_AFTER);
    }
    clearTimeout(lookTimer);
    lookTimer = setTimeout(look, LOOK_AFTER);
  }

  function onKey(event) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    const button = form().querySelector(`.capture-actions button[value=${event.shiftKey ? "back" : "on"}]`);
    if (!button) return;
    event.preventDefault();
    form().requestSubmit(button);
  }

  document.addEventListener("DOMContentLoaded", () => {
    hideDismissed();
    const page = form();
    if (!page) return;
    page.removeAttribute("data-guard"); // what is kept needs no warning
    const line = document.getElementById("saved");
    if (line.dataset.at) say("Saved at " + time(line.dataset.at));
    const first = page.querySelector(".field textarea, .field input, .field select");
    if (page.matches(".capture-form") && first && !document.querySelector("[data-focus]")) {
      first.focus({ preventScroll: true });
    }
    page.addEventListener("input", onInput);
    page.addEventListener("keydown", onKey);
    page.addEventListener("submit", () => {
      clearTimeout(saveTimer);
      typed = false;
    });
    window.addEventListener("online", save);
    window.addEventListener("beforeunload", (event) => { if (typed) event.preventDefault(); });
  });

  document.addEventListener("click", (event) => {
    const hint = event.target.closest("[data-dismiss-hint]");
    if (hint) dismiss(hint.closest("[data-hint]"));
    if (!parted || !event.target.closest("[data-keep], [data-take]")) return;
    event.preventDefault();
    choose(Boolean(event.target.closest("[data-take]")));
  });
})();
