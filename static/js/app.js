/* What the pages need beyond HTML and htmx. Without it everything still works, more plainly. */
"use strict";
(() => {
  const root = document.documentElement;
  const dialog = document.getElementById("dialog");
  const FIRST_FIELD =
    "[autofocus], .viewer, [aria-invalid=true], input:not([type=hidden], :disabled), select, textarea, .btn, [data-close]";
  root.classList.add("js");

  const say = (text) => {
    const live = document.getElementById("live");
    if (live) live.textContent = text;
  };

  /* htmx: the CSRF token, and what to do when there is no usable answer; what is quiet, nobody asked for */
  const isQuiet = (event) => "quiet" in event.detail.requestConfig.elt.dataset;
  document.addEventListener("htmx:configRequest", (event) => {
    const token = document.querySelector("meta[name=csrf-token]");
    if (token) event.detail.headers["X-CSRFToken"] = token.content;
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const login = document.body.dataset.loginUrl;
    const url = event.detail.xhr.responseURL;
    if (!login || !url || new URL(url).pathname !== login) return;
    event.detail.shouldSwap = false; // logged out meanwhile: the login page is a page, not a fragment
    if (isQuiet(event)) return; // somebody may be typing
    const here = encodeURIComponent(location.pathname + location.search);
    location.assign(`${login}?next=${here}`);
  });
  const showFailure = (shown) => {
    const note = document.getElementById("unreachable");
    if (note) note.hidden = !shown;
  };
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => {
      if (!isQuiet(event)) showFailure(true);
    });
  }
  document.addEventListener("htmx:afterOnLoad", (event) => {
    if (event.detail.xhr.status < 400 && !isQuiet(event)) showFailure(false);
  });

  /* what somebody opened or closed stays so when htmx brings it anew */
  const folds = new Map();
  document.addEventListener("toggle", (event) => {
    if (event.target.matches("details[data-kept]")) folds.set(event.target.id, event.target.open);
  }, true);
  document.addEventListener("htmx:afterSwap", () => {
    for (const [id, open] of folds) document.getElementById(id)?.toggleAttribute("open", open);
  });

  /* the dialog: htmx fills it, this opens it; focus goes back to where it came from */
  let opener = null;
  let before = null; // where the browser itself leads back to
  const hasGoneOn = () => ![document.body, before].includes(document.activeElement);
  const returnFocus = () => {
    const menu = opener && opener.closest("details.menu");
    const target = menu ? menu.querySelector("summary") : opener;
    const usable = target && target.isConnected && target.offsetParent !== null;
    if (!hasGoneOn()) (usable ? target : document.getElementById("main"))?.focus();
    opener = null;
  };
  const openDialog = () => {
    if (!dialog.open) before = document.activeElement;
    if (!dialog.open) dialog.showModal();
    else if (dialog.querySelector("[data-key]:focus")) return; // paging on by the same button
    (dialog.querySelector("[aria-invalid=true]") || dialog.querySelector(`.dialog-in :is(${FIRST_FIELD})`))?.focus();
  };
  if (dialog) {
    document.addEventListener("htmx:beforeRequest", (event) => {
      if (event.detail.target === dialog && !dialog.open) opener = event.detail.elt;
    });
    document.addEventListener("htmx:afterSwap", (event) => {
      if (event.detail.target === dialog && dialog.childElementCount) openDialog();
    });
    document.addEventListener("open-dialog", (event) => htmx.ajax("GET", event.detail.url, "#dialog"));
    document.addEventListener("close-dialog", () => dialog.close());
    dialog.addEventListener("close", () => {
      dialog.replaceChildren(); // what was typed (keys) does not stay in the page
      returnFocus();
    });
  }

  /* one click handler: close, dismiss, print, copy, menus */
  const copy = async (button) => {
    const source = button.dataset.copyFrom && document.querySelector(button.dataset.copyFrom);
    const text = source ? (source.value ?? source.textContent).trim() : button.dataset.copy;
    if (!navigator.clipboard) return source?.select?.(); // over plain HTTP there is none: marked, for Ctrl+C
    await navigator.clipboard.writeText(text);
    const label = button.innerHTML;
    button.textContent = button.dataset.copied;
    say(button.dataset.copied);
    setTimeout(() => { button.innerHTML = label; }, 2000);
  };
  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!except || !menu.contains(except)) menu.open = false;
    }
  };
  document.addEventListener("click", (event) => {
    const hit = (selector) => event.target.closest(selector);
    if (hit("[data-close]") && dialog?.open) dialog.close();
    else if (hit("[data-dismiss]")) hit(".note").remove();
    else if (hit("[data-print]")) window.print();
    else if (hit("[data-copy], [data-copy-from]")) copy(hit("[data-copy], [data-copy-from]"));
    closeMenus(hit(".menu-items a, .menu-items button") ? null : event.target);
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest("details.menu[open]");
    if (!menu) return;
    event.preventDefault(); // Esc closes the menu, not the dialog around it
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("focusin", (event) => closeMenus(event.target));

  /* an answer for what another answer has replaced meanwhile comes too late: its badges would look for the old place */
  const heard = new WeakSet();
  document.addEventListener("htmx:beforeRequest", ({ detail: { target } }) => {
    if (!target || heard.has(target)) return;
    heard.add(target);
    target.addEventListener("htmx:beforeSwap", (answer) => {
      if (!target.isConnected) answer.detail.shouldSwap = false;
    });
  });

  /* a look that the page takes by itself leaves the focus where it is, be it on something without an id */
  let focused = null;
  const placeIn = (root, one) =>
    one === root ? [] : [...placeIn(root, one.parentElement), [...one.parentElement.children].indexOf(one)];
  document.addEventListener("htmx:beforeSwap", ({ detail: { target, requestConfig } }) => {
    const one = document.activeElement;
    const stays = !requestConfig.triggeringEvent && target.id && target !== one && target.contains(one);
    focused = stays ? { id: target.id, place: placeIn(target, one), html: one.outerHTML } : null;
  });
  document.addEventListener("htmx:afterSwap", () => {
    if (!focused || document.activeElement !== document.body) return;
    const one = focused.place.reduce((found, at) => found?.children[at], document.getElementById(focused.id));
    if (one?.outerHTML === focused.html) one.focus({ preventScroll: true });
  });

  /* what somebody is pressing stays under their finger, or their click would be lost: what the page fetches by itself
     (a look now and then; who was told of news asks again) waits until they let go */
  let pressed = null;
  const untold = new Set();
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const { target, requestConfig: { triggeringEvent: told } } = detail;
    const isByItself = !told || told.target === document.body;
    if (!isByItself || !pressed || !target.contains(pressed)) return;
    detail.shouldSwap = false;
    if (told) untold.add(told.type);
  });
  const letGo = () => {
    pressed = null;
    for (const news of untold) htmx.trigger(document.body, news);
    untold.clear();
  };
  document.addEventListener("pointerdown", (event) => { pressed = event.target; }, true);
  for (const name of ["pointerup", "pointercancel"]) {
    document.addEventListener(name, () => setTimeout(letGo), true); // after the click
  }

  /* a form is sent once: marked busy rather than disabled, because a disabled button loses the focus */
  const setBusy = (form, busy) => {
    form.setAttribute("aria-busy", String(busy));
    for (const button of form.querySelectorAll("button:not([type=button])")) {
      if (busy) button.setAttribute("aria-disabled", "true");
      else button.removeAttribute("aria-disabled");
    }
  };
  const isBusy = (form) => form.getAttribute("aria-busy") === "true";
  const isGuarded = (form) =>
    form instanceof HTMLFormElement && form.method === "post" && !("repeatable" in form.dataset);
  const isHtmx = (form) => form.matches("[hx-post], [data-hx-post]");
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!isGuarded(form)) return;
    if (isBusy(form)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    } else if (!isHtmx(form)) {
      setBusy(form, true);
    }
  }, true);
  for (const [name, busy] of [["htmx:beforeRequest", true], ["htmx:afterRequest", false]]) {
    document.addEventListener(name, (event) => {
      const form = event.detail.elt.closest("form");
      if (form && isGuarded(form)) setBusy(form, busy);
    });
  }
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[aria-busy]")) setBusy(form, false);
  });
})();
