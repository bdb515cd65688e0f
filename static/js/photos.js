/* Photos: the viewer by keys, and choosing which are sent. Without it both work by links and ticks. */
"use strict";
(() => {
  /* the viewer: each key does what its link does, and the pictures beside it are fetched ahead */
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const step = document.querySelector(`.viewer [data-key="${CSS.escape(event.key)}"]`);
    if (!step) return;
    event.preventDefault();
    step.click();
  });

  /* choosing: how many, and how much that is */
  const MEGABYTE = 1e6;
  const boxesOf = (choosing) => [...choosing.querySelectorAll("[type=checkbox]:not(:disabled)")];
  const tell = (choosing) => {
    const output = choosing.querySelector("output[data-text]");
    if (!output) return;
    const boxes = boxesOf(choosing);
    const chosen = boxes.filter((box) => box.checked);
    const bytes = chosen.reduce((sum, box) => sum + Number(box.dataset.bytes), 0);
    const size = new Intl.NumberFormat(document.documentElement.lang, {
      style: "unit", unit: "megabyte", minimumFractionDigits: 1, maximumFractionDigits: 1,
    }).format(bytes / MEGABYTE);
    const told = { n: chosen.length, total: boxes.length, size };
    output.textContent = output.dataset.text.replace(/\{(\w+)\}/g, (_whole, name) => told[name]);
  };
  const tellAll = () => document.querySelectorAll(".choosing").forEach(tell);
  tellAll();
  document.addEventListener("htmx:afterSwap", tellAll);
  document.addEventListener("change", (event) => {
    const choosing = event.target.closest(".choosing");
    if (choosing) tell(choosing);
  });

  /* a range: from the box that was clicked last to this one, all as this one is now */
  let anchor = null;
  const setRange = (choosing, from, to, checked) => {
    const boxes = boxesOf(choosing);
    const [low, high] = [boxes.indexOf(from), boxes.indexOf(to)].sort((a, b) => a - b);
    for (const box of boxes.slice(Math.max(low, 0), high + 1)) box.checked = checked;
    tell(choosing);
  };
  document.addEventListener("click", (event) => {
    const choosing = event.target.closest(".choosing");
    const button = event.target.closest("[data-choose]");
    if (choosing && button) {
      event.preventDefault();
      const unsent = button.dataset.choose === "unsent";
      for (const box of boxesOf(choosing)) box.checked = unsent && !("sent" in box.dataset);
      tell(choosing);
      return;
    }
    const label = choosing && event.target.closest("label");
    const box = label && label.querySelector("[type=checkbox]");
    if (!box) return;
    if (event.target !== box) {
      if (!event.shiftKey) return; // the label passes the click on to its box
      event.preventDefault(); // not every browser does with Shift
      box.checked = !box.checked;
      box.focus();
    }
    if (event.shiftKey && anchor?.isConnected) setRange(choosing, anchor, box, box.checked);
    else tell(choosing);
    anchor = box;
  });
  document.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    const box = step && event.target.closest?.(".choosing [type=checkbox]");
    if (!box) return;
    event.preventDefault();
    const choosing = box.closest(".choosing");
    const boxes = boxesOf(choosing);
    const next = boxes[boxes.indexOf(box) + step];
    if (!next) return;
    next.focus();
    if (event.shiftKey) setRange(choosing, box, next, box.checked);
    else anchor = next;
  });
})();
