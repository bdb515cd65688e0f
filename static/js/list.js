/* The rows of the list: each opens into what became of its mission. */
"use strict";
(() => {
  const rowOf = (button) => document.getElementById(button.getAttribute("aria-controls"));

  /* htmx fetches what a row opens into once; from then on it is only shown or hidden */
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-opens]");
    if (!button) return;
    const opens = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(opens));
    rowOf(button).hidden = !opens;
  });
})();
