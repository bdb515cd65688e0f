/* The rows of the list: each opens into what became of its mission, and all can be done from the keyboard. */
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

  /* one key, one deed: on the row that has the focus; who types, or has switched them off, is left alone */
  const OFF = "planmanager.keys-off";
  const DEEDS = { a: "accept", l: "link", d: "deny", o: "open", x: "choose" };
  const rows = () => [...document.querySelectorAll("#list tr[data-mission]")];
  let at = -1;

  const go = (wanted) => {
    const found = rows();
    at = Math.max(0, Math.min(wanted, found.length - 1));
    const row = found[at];
    if (!row) return;
    row.tabIndex = -1;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };
  const current = () => {
    const inside = rows().indexOf(document.activeElement?.closest("tr[data-mission]"));
    if (inside >= 0) at = inside;
    return rows()[at];
  };
  const press = (target) => target?.click();
  const typing = (target) => target.closest("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    const key = event.key;
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat && !"jk".includes(key)) return;
    if (localStorage.getItem(OFF) || typing(event.target) || document.querySelector("dialog[open]")) return;
    const row = current();
    if (key === "j") go(row ? at + 1 : 0);
    else if (key === "k") go(row ? at - 1 : 0);
    else if (key === "u") press(document.querySelector("[data-undo] button"));
    else if (key === "?") press(document.getElementById("keys"));
    else if (row && DEEDS[key]) press(row.querySelector(`[data-key=${DEEDS[key]}]`));
    else return;
    event.preventDefault();
  });

  /* many at once: one box chooses all rows of the page; what can be done shows once one is chosen (lists.css) */
  const boxes = () => [...document.querySelectorAll("#list .pick")];
  const tellChosen = () => {
    const form = document.getElementById("many");
    if (!form) return;
    const all = boxes().length;
    const n = boxes().filter((box) => box.checked).length;
    const told = form.querySelector("output");
    told.textContent = n ? told.dataset.text.replace("{n}", n) : "";
    Object.assign(document.getElementById("choose-all"), { checked: n === all, indeterminate: n > 0 && n < all });
  };
  tellChosen();
  document.addEventListener("change", (event) => {
    if (event.target.id === "choose-all") for (const box of boxes()) box.checked = event.target.checked;
    if (event.target.matches("#choose-all, .pick")) tellChosen();
  });

  /* what a long synchronisation brings shows while there is room, and while nothing in the list is open */
  document.addEventListener("list-grows", () => {
    if (document.querySelector("#list :is(.pages, [aria-expanded=true], [open])")) return;
    htmx.trigger(document.body, "list-changed");
  });

  /* what was chosen stays so when the list comes anew by itself */
  let chosen = [];
  document.addEventListener("htmx:beforeSwap", (event) => {
    const anew = event.detail.requestConfig.elt.id === "list-again";
    chosen = anew ? boxes().filter((box) => box.checked).map((box) => box.value) : [];
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "list") return;
    for (const box of boxes()) box.checked = chosen.includes(box.value);
    tellChosen();
  });

  /* after a deed the list comes anew: the row that took its place has the focus */
  document.addEventListener("htmx:afterSettle", (event) => {
    const lost = document.activeElement === document.body || document.activeElement.id === "main";
    if (event.detail.target.id === "list" && at >= 0 && lost) go(at);
  });

  /* whether keys do anything is for each to say, in the list of keys */
  document.addEventListener("htmx:afterSwap", () => {
    const box = document.getElementById("keys-on");
    if (box) box.checked = !localStorage.getItem(OFF);
  });
  document.addEventListener("change", (event) => {
    if (event.target.id !== "keys-on") return;
    if (event.target.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
  });
})();
