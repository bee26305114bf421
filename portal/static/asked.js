// Tells the portal what was searched for and whether a finding was opened, so that the PMO learns
// what is missing. The mark is random and says nothing of the person. Search works without it.
"use strict";

(function () {
  const STILL = 1500; // milliseconds after which results are taken as read
  const KEPT = "portal-asked"; // for this tab only, so that the next page of results counts once
  let timer = 0;

  const last = () => JSON.parse(sessionStorage.getItem(KEPT) || "null");
  const keep = (state) => sessionStorage.setItem(KEPT, JSON.stringify(state));

  // What the results on the page answer, which may be behind what is being typed.
  function shown() {
    const field = document.querySelector("#results input[name=q]");
    return field ? field.value.trim() : "";
  }

  // crypto.randomUUID is missing where the portal is not behind https; these numbers are there.
  function newMark() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  // Somebody who follows a link of the PMO's own tables looks, and does not ask.
  function cameToLook() {
    if (!document.referrer) return "";
    const from = new URL(document.referrer);
    const tables = /^\/(insight|thesaurus)\//.test(from.pathname);
    return from.origin === location.origin && tables ? shown() : "";
  }
  let looking = "";

  // What was typed on, or taken back in part, is the same search, until a finding was opened.
  function current(text) {
    const before = last();
    if (before && before.text === text) return before;
    const on = before && !before.opened && (text.startsWith(before.text) || before.text.startsWith(text));
    return { mark: on ? before.mark : newMark(), text, sent: false, opened: false };
  }

  function post(address, fields) {
    const token = document.querySelector("input[name=csrf_token]");
    if (!token) return;
    fetch(address, {
      method: "POST",
      keepalive: true, // the page may be left while it is on its way
      headers: { "X-CSRFToken": token.value },
      body: new URLSearchParams(fields),
    }).catch(() => {});
  }

  function tellAsked() {
    const text = shown();
    if (!text || text === looking) return;
    const state = current(text);
    if (!state.sent) post("/search/asked", { mark: state.mark, text });
    keep({ ...state, sent: true });
  }

  function tellOpened() {
    const text = shown();
    clearTimeout(timer);
    if (!text || text === looking) return;
    const state = current(text);
    // One post for both, because two of them may overtake each other.
    post("/search/opened", state.sent ? { mark: state.mark } : { mark: state.mark, text });
    keep({ ...state, sent: true, opened: true });
  }

  function wait() {
    clearTimeout(timer);
    timer = setTimeout(tellAsked, STILL);
  }

  function onClick(event) {
    if (event.button < 2 && event.target.closest("ol.findings a, .best-of a")) tellOpened();
  }

  document.addEventListener("DOMContentLoaded", () => {
    looking = cameToLook();
    wait();
  });
  document.addEventListener("htmx:afterSwap", wait);
  document.addEventListener("input", (event) => {
    if (event.target.id === "q") wait();
  });
  document.addEventListener("click", onClick);
  document.addEventListener("auxclick", onClick);
})();
