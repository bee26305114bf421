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
  let shown = ""; // what the server last said beside the text

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

  const DISMISSED = "portal-hints-not-here"; // for this tab only: draft, hint and word
  const dismissed = () => new Set(JSON.parse(sessionStorage.getItem(DISMISSED) || "[]"));
  const keep = (gone) => sessionStorage.setItem(DISMISSED, JSON.stringify([...gone]));
  const announce = (text) => { document.getElementById("announce").textContent = text; };

  // A hint about words is put aside for these words: another acronym is another hint.
  function marks(hint) {
    const words = JSON.parse(hint.dataset.words);
    const draft = hint.closest("[data-hints]").dataset.hints;
    return (words.length ? words : [""]).map((word) => [draft, hint.dataset.hint, word].join("|"));
  }

  function hideDismissed() {
    const gone = dismissed();
    for (const section of document.querySelectorAll("[data-hints]")) {
      const hints = [...section.querySelectorAll("[data-hint]")];
      for (const hint of hints) hint.hidden = marks(hint).every((mark) => gone.has(mark));
      const aside = hints.filter((hint) => hint.hidden).length;
      const left = hints.length - aside;
      const line = section.querySelector(".hint-aside");
      line.hidden = !aside;
      line.firstElementChild.textContent = `${aside} put aside.`;
      section.dataset.announce = left ? `${left} ${left === 1 ? "hint" : "hints"} for your text` : "";
    }
  }

  function dismiss(hint) {
    keep(new Set([...dismissed(), ...marks(hint)]));
    hideDismissed();
    const section = hint.closest("[data-hints]");
    const next = section.querySelector("[data-hint]:not([hidden]) [data-dismiss-hint]");
    (next || section.querySelector("[data-recall-hints]")).focus();
    announce("The hint is put aside.");
  }

  function recall(section) {
    const gone = dismissed();
    for (const hint of section.querySelectorAll("[data-hint]")) marks(hint).forEach((mark) => gone.delete(mark));
    keep(gone);
    hideDismissed();
    section.querySelector("[data-dismiss-hint]").focus();
    announce(section.dataset.announce);
  }

  const said = (part) =>
    [...part.querySelectorAll("[data-announce]")].map((el) => el.dataset.announce).filter(Boolean).join(", ");
  const nameOf = (hint) => hint.dataset.hint;

  async function look() {
    const box = document.getElementById("beside");
    if (!box || !form().dataset.beside) return;
    const mine = ++asked;
    const answer = await post(form().dataset.beside).catch(() => null);
    if (!answer || !answer.ok || answer.redirected || mine !== asked) return;
    const text = (await answer.text()).trim();
    // What says the same stays where it is, and a button keeps the focus.
    if (text === shown || box.contains(document.activeElement)) return;
    const open = [...box.querySelectorAll("[data-hint]:has(details[open])")].map(nameOf);
    const before = said(box);
    box.innerHTML = shown = text;
    for (const hint of box.querySelectorAll("[data-hint]")) {
      hint.querySelector("details").open = open.includes(nameOf(hint));
    }
    hideDismissed();
    if (said(box) !== before) announce(said(box));
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
    const beside = document.getElementById("beside");
    if (beside && !beside.childElementCount && line.dataset.at) look(); // a draft that is taken up
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
    const again = event.target.closest("[data-recall-hints]");
    if (again) recall(again.closest("[data-hints]"));
    if (!parted || !event.target.closest("[data-keep], [data-take]")) return;
    event.preventDefault();
    choose(Boolean(event.target.closest("[data-take]")));
  });
})();
