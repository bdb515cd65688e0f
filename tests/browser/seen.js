/* What is to be seen of a page that is shown, for tests.browser.watching; each answer is a list of what is wrong. */
window.seen = (() => {
  const FOCUSABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]:not([tabindex='-1'])";
  const BOXES = ".card, .note, .btn, .chip, dialog, td, th, fieldset, .module";
  // Read aloud only, shown over the page on demand, or drawn rather than laid out.
  const APART = ".sr, .visually-hidden, .menu-items, .calendarbox, .clockbox, svg, select, script, style, noscript, template";

  const brief = (element) => element.outerHTML.replace(/\s+/g, " ").slice(0, 160);
  const root = () => document.querySelector("dialog[open]") ?? document.body;
  const shown = (element) => element.checkVisibility({ visibilityProperty: true });
  const inside = (element) => {
    const found = [];
    for (let one = element.parentElement; one && one !== document.body; one = one.parentElement) found.push(one);
    return found;
  };
  const clips = (element) => getComputedStyle(element).overflowX !== "visible";
  const isForTheEar = (element) => getComputedStyle(element).clipPath !== "none";

  /* the page has to be scrolled sideways: how wide it is, and what sticks out */
  const tooWide = () => {
    const width = document.documentElement.scrollWidth;
    if (width <= innerWidth) return [];
    const out = (element) => element.getBoundingClientRect().right > innerWidth + 1 && !inside(element).some(clips);
    return [`${width} px`, ...[...document.querySelectorAll("body *")].filter(out).map(brief)];
  };

  /* something of a cell lies over its neighbours */
  const overfull = () => [...document.querySelectorAll("td")].filter((cell) => {
    const { left, right, width } = cell.getBoundingClientRect();
    const apart = ".sr, .menu-items, td td, svg, .scroll *";
    const out = (one) => {
      const box = one.getBoundingClientRect();
      return box.width && (box.left < left - 1 || box.right > right + 1);
    };
    const isOverfull = width && cell.scrollWidth > cell.clientWidth + 1 && !cell.querySelector(".menu[open]");
    return isOverfull || [...cell.querySelectorAll("*")].some((one) => !one.closest(apart) && out(one));
  }).map(brief);

  /* each line of text, with its place as far as what scrolls or clips lets it be seen */
  const lines = () => {
    const within = new Map();
    const window_ = (element) => {
      if (!within.has(element)) {
        const boxes = [element, ...inside(element)].filter(clips).map((one) => one.getBoundingClientRect());
        within.set(element, {
          isForTheEar: [element, ...inside(element)].some(isForTheEar),
          left: Math.max(-Infinity, ...boxes.map((box) => box.left)),
          right: Math.min(Infinity, ...boxes.map((box) => box.right)),
          top: Math.max(-Infinity, ...boxes.map((box) => box.top)),
          bottom: Math.min(Infinity, ...boxes.map((box) => box.bottom)),
        });
      }
      return within.get(element);
    };
    const found = [];
    const range = document.createRange();
    const walker = document.createTreeWalker(root(), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      const parent = node.parentElement;
      if (!node.data.trim() || parent.closest(APART) || !shown(parent)) continue;
      const seen = window_(parent);
      if (seen.isForTheEar) continue;
      range.selectNodeContents(node);
      for (const box of range.getClientRects()) {
        const left = Math.max(box.left, seen.left);
        const right = Math.min(box.right, seen.right);
        const top = Math.max(box.top, seen.top);
        const bottom = Math.min(box.bottom, seen.bottom);
        if (right - left > 1 && bottom - top > 1) found.push({ node, parent, left, right, top, bottom });
      }
    }
    return found.sort((a, b) => a.top - b.top);
  };

  /* text over text, from the top of the page: further down, what stays in place covers what passes under it */
  const overlaps = () => {
    scrollTo({ top: 0, behavior: "instant" });
    const found = new Set();
    const all = lines();
    all.forEach((line, at) => {
      for (const next of all.slice(at + 1)) {
        if (next.top > line.bottom - 3) break;
        const wide = Math.min(line.right, next.right) - Math.max(line.left, next.left);
        const high = Math.min(line.bottom, next.bottom) - next.top;
        if (line.node !== next.node && wide > 2 && high > 3) found.add(`${brief(line.parent)} × ${brief(next.parent)}`);
      }
    });
    return [...found];
  };

  /* text that leaves its box, or of which a part can't be seen */
  const cut = () => {
    const out = lines().filter(({ parent, left, right }) => {
      const box = parent.closest(BOXES)?.getBoundingClientRect();
      return box && (left < box.left - 1 || right > box.right + 1);
    });
    const hides = [...root().querySelectorAll("*")].filter((one) => {
      const style = getComputedStyle(one);
      const isCut = (axis, by) => ["hidden", "clip"].includes(axis) && by > 2;
      if (style.textOverflow === "ellipsis" || style.clipPath !== "none" || !one.textContent.trim()) return false;
      return isCut(style.overflowX, one.scrollWidth - one.clientWidth)
        || isCut(style.overflowY, one.scrollHeight - one.clientHeight);
    }).filter((one) => one.clientWidth > 1 && !one.closest(APART));
    return [...new Set([...out.map(({ parent }) => parent), ...hides])].map(brief);
  };

  /* what a field says before anything is typed, where the field is too narrow for it */
  const canvas = document.createElement("canvas").getContext("2d");
  const unread = () => [...root().querySelectorAll("[placeholder]")].filter((one) => {
    if (!shown(one) || one.value || one.matches("textarea")) return false;
    const style = getComputedStyle(one);
    canvas.font = style.font;
    const room = one.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    return canvas.measureText(one.placeholder).width > room;
  }).map(brief);

  /* an open menu that reaches out of the page, to where nothing can be scrolled */
  const outside = () => [...document.querySelectorAll(".menu[open] > .menu-items")].filter((one) => {
    const { left, right } = one.getBoundingClientRect();
    return left < 0 || right > innerWidth;
  }).map(brief);

  /* boxes to tick that have not the room for their square */
  const squeezed = () => [...root().querySelectorAll("[type=checkbox], [type=radio]")]
    .filter((one) => shown(one) && Math.abs(one.offsetWidth - one.offsetHeight) > 1).map(brief);

  /* what stays where it is while the page is scrolled, and so takes from what there is to read */
  const stuck = () => [...root().querySelectorAll("*")].filter((one) => {
    const { position } = getComputedStyle(one);
    return ["sticky", "fixed"].includes(position) && one.offsetHeight > 1 && shown(one);
  }).map(brief);

  /* one thing after the other has the focus, forwards and backwards: where that can't be seen */
  const sides = (box, around) =>
    [box.left < around.left - 0.5, box.right > around.right + 0.5, box.top < around.top - 0.5, box.bottom > around.bottom + 0.5]
      .filter(Boolean).length;
  const isMarked = (element) => {
    const marked = [element, ...inside(element).slice(0, 3)].find((one) => {
      const style = getComputedStyle(one);
      return style.outlineStyle === "auto" || style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    });
    if (!marked) return false;
    const style = getComputedStyle(marked);
    const by = style.outlineStyle === "auto" ? 1 : parseFloat(style.outlineOffset) + parseFloat(style.outlineWidth);
    const box = marked.getBoundingClientRect();
    const mark = { left: box.left - by, right: box.right + by, top: box.top - by, bottom: box.bottom + by };
    return !inside(marked).filter(clips).some((one) => sides(mark, one.getBoundingClientRect()) > 1);
  };
  const isOnTop = (element) => {
    const shows = element.matches(".sr") ? element.closest("label") : element;
    return [...shows.getClientRects()].some((box) => {
      const left = Math.max(box.left, 0);
      const top = Math.max(box.top, 0);
      const width = Math.min(box.right, innerWidth) - left;
      const height = Math.min(box.bottom, innerHeight) - top;
      const parts = [0.1, 0.5, 0.9];
      return width > 0 && height > 0 && parts.some((x) => parts.some((y) => {
        const hit = document.elementFromPoint(left + x * width, top + y * height);
        return hit && (shows.contains(hit) || hit.closest("label")?.contains(element));
      }));
    });
  };
  const lost = () => {
    const all = [...root().querySelectorAll(FOCUSABLE)].filter((one) => !one.disabled && shown(one));
    const found = new Set();
    for (const element of [...all, ...all.toReversed()]) {
      element.focus();
      if (document.activeElement !== element) continue;
      if (!isMarked(element)) found.add(`not marked: ${brief(element)}`);
      else if (!isOnTop(element)) found.add(`hidden: ${brief(element)}`);
    }
    document.activeElement?.blur();
    scrollTo(0, 0);
    return [...found];
  };

  /* what Tab has not come to, since `walk`; of some radio buttons it comes to one, and the arrows to the others.
     A part of the page that is fetched anew meanwhile has other elements in the same places. */
  const came = new Set();
  const place = (one) => one === document.body ? "" : `${place(one.parentElement)}/${[...one.parentElement.children].indexOf(one)}`;
  const walk = () => document.addEventListener("focusin", (event) => came.add(place(event.target)));
  const missed = () => [...root().querySelectorAll(FOCUSABLE)]
    .filter((one) => !one.disabled && shown(one) && one.type !== "radio" && !came.has(place(one))).map(brief);

  /* fields with a mistake that does not say, to whoever hears the page, which */
  const untold = () => {
    const told = (one) => (one?.getAttribute("aria-describedby") ?? "").split(" ")
      .some((id) => document.getElementById(id)?.matches(".errorlist:not(:empty), .errorlist *"));
    const mistaken = [...root().querySelectorAll("[aria-invalid=true]")];
    return mistaken.filter((field) => !told(field) && !told(field.closest("fieldset"))).map(brief);
  };

  return { tooWide, overfull, overlaps, cut, unread, outside, squeezed, stuck, lost, walk, missed, untold };
})();
