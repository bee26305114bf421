// The clock of a review counts down between two answers of the portal; a ballot says how many points
// are left; notes that could not be kept say so. The room works without it.
"use strict";

(function () {
  const started = new WeakMap(); // when each clock came to this page, by this device's own clock

  function tick() {
    for (const clock of document.querySelectorAll("[data-left][data-runs]")) {
      if (!started.has(clock)) started.set(clock, performance.now());
      const gone = Math.floor((performance.now() - started.get(clock)) / 1000);
      const left = Number(clock.dataset.left) - gone;
      const size = Math.abs(left);
      const digits = `${left < 0 ? "−" : ""}${Math.floor(size / 60)}:${String(size % 60).padStart(2, "0")}`;
      clock.querySelector(".clock-digits").textContent = digits;
      clock.classList.toggle("clock-over", left < 0);
    }
  }
  setInterval(tick, 500);

  function count(form) {
    const most = Number(form.dataset.ballot);
    const given = [...form.querySelectorAll("input:checked")].reduce((sum, box) => sum + Number(box.value), 0);
    const line = form.querySelector("[data-left-over]");
    const left = most - given;
    line.textContent = left < 0 ? `${-left} too many: take some back` : left === 1 ? "1 point left" : `${left} points left`;
    line.classList.toggle("text-bad", left < 0);
  }

  document.addEventListener("DOMContentLoaded", () => {
    const ballot = document.querySelector("[data-ballot]");
    if (!ballot) return;
    count(ballot);
    ballot.addEventListener("change", () => count(ballot));
  });

  function say(event, text) {
    if (event.target.id !== "notes") return;
    const line = document.getElementById("saved");
    line.textContent = text;
    line.classList.add("text-bad");
  }
  document.addEventListener("htmx:sendError", (event) => say(event, "Not saved: you are offline, the text is kept in this page."));
  document.addEventListener("htmx:responseError", (event) => say(event, "Not saved: something went wrong, the text is kept in this page."));
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "saved") event.target.classList.remove("text-bad");
  });
})();
