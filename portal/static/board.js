// Keys on a board: j and k go down and up in a column, h and l to the column beside. What they
// reach are links of the page, so that Enter and Tab do what they always do.
"use strict";

(function () {
  const board = () => document.querySelector("[data-board]");
  const columns = () => [...board().children].map((column) => [...column.querySelectorAll("[data-open]")]);
  const typing = (el) => el.closest("input, textarea, select, [contenteditable]");

  // Where the focus is, as column and row; before it is anywhere, above the first card.
  function here(all) {
    for (const [x, cards] of all.entries()) {
      const y = cards.indexOf(document.activeElement);
      if (y >= 0) return [x, y];
    }
    return [all.findIndex((cards) => cards.length), -1];
  }

  function beside(all, x, step) {
    for (let next = x + step; next >= 0 && next < all.length; next += step) {
      if (all[next].length) return next;
    }
    return x;
  }

  document.addEventListener("keydown", (event) => {
    if (!board() || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const all = columns();
    let [x, y] = here(all);
    if (x < 0) return;
    if (event.key === "j") y += 1;
    else if (event.key === "k") y -= 1;
    else if (event.key === "h") x = beside(all, x, -1);
    else if (event.key === "l") x = beside(all, x, 1);
    else return;
    event.preventDefault();
    const card = all[x][Math.min(Math.max(y, 0), all[x].length - 1)];
    card.focus();
    card.scrollIntoView({ block: "nearest" });
  });
})();
