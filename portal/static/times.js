// Times in the zone of the person's own clock. The pages say UTC, and do so without it.
"use strict";

(function () {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || ["UTC", "Etc/UTC", "Etc/GMT", "GMT"].includes(zone)) return;
  const HOUR = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const DAY = { day: "numeric", month: "short", year: "numeric" };

  // Month names and their order are those of the pages, whatever language the browser speaks.
  const shown = (at, parts) => new Intl.DateTimeFormat("en-GB", parts).format(at);
  function zoneName(at) {
    const parts = new Intl.DateTimeFormat("en-GB", { timeZoneName: "short" }).formatToParts(at);
    return parts.find((part) => part.type === "timeZoneName").value;
  }

  function say(element) {
    const at = new Date(element.dateTime);
    if (Number.isNaN(at.getTime())) return;
    element.title = element.textContent.includes("UTC") ? element.textContent : `${element.textContent} UTC`;
    const wish = element.dataset.local.split(" ");
    const hour = shown(at, wish.includes("seconds") ? { ...HOUR, second: "2-digit" } : HOUR);
    if (wish.includes("moment")) element.textContent = `${shown(at, DAY).replace("Sept", "Sep")}, ${hour} ${zoneName(at)}`;
    else element.textContent = wish.includes("named") ? `${hour} ${zoneName(at)}` : hour;
    delete element.dataset.local; // said once
  }

  // A field for a time holds UTC where the portal made it, and shows the person's own.
  const two = (number) => String(number).padStart(2, "0");
  const local = (at) =>
    `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;

  function turn(field) {
    const label = document.querySelector(`label[for="${field.id}"]`);
    const given = field.defaultValue ? new Date(`${field.defaultValue}Z`) : null;
    // After a step back the browser has put in what the person typed: their own time.
    if (given && field.value === field.defaultValue) field.value = local(given);
    const name = () => {
      const at = field.value ? new Date(field.value) : new Date();
      label.textContent = label.textContent.replace(/\((UTC|your time[^)]*)\)/, `(your time, ${zoneName(at)})`);
    };
    name();
    field.addEventListener("change", name);
    field.form.addEventListener("formdata", (event) => {
      const at = new Date(field.value);
      if (!Number.isNaN(at.getTime())) event.formData.set(field.name, at.toISOString().slice(0, 16));
    });
  }

  const all = (root) => root.querySelectorAll("time[data-local]").forEach(say);
  document.addEventListener("DOMContentLoaded", () => {
    all(document);
    document.querySelectorAll("input[data-utc]").forEach(turn);
  });
  document.addEventListener("htmx:load", (event) => all(event.target));
})();
