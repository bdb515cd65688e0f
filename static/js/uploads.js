/* Photos that are added: each by itself, one after the other, with its own progress. Without it the form posts them all. */
"use strict";
(() => {
  const form = document.querySelector("form[data-uploads]");
  const list = document.getElementById("uploads");
  const told = form.dataset;
  const PAUSE = 5000, LONGEST = 60000; // ms, before who did not answer is asked again; doubled each time
  const queue = []; // the first one is on its way
  const batch = document.getElementById("upload-batch");
  let settledOnes = 0; // of those that were added since the queue was last empty

  const rowOf = (file) => {
    const row = document.getElementById("upload-row").content.firstElementChild.cloneNode(true);
    row.querySelector(".strong").textContent = file.name;
    row.querySelector("progress").setAttribute("aria-label", file.name);
    list.append(row);
    return row;
  };
  const say = (row, text) => { row.querySelector(".sub").textContent = text; };
  const tellBatch = () => {
    const total = settledOnes + queue.length;
    const [bar, text] = batch.children;
    Object.assign(bar, { value: settledOnes, max: total || 1 });
    text.textContent = text.dataset.text.replace("{done}", settledOnes).replace("{total}", total);
    batch.hidden = total < 2 || !queue.length; // one alone tells of itself
  };
  const announce = (text) => { document.getElementById("live").textContent = text; };

  const failed = (job, text, again) => {
    job.row ??= rowOf(job.file);
    say(job.row, text);
    job.row.querySelector("[data-forget]").onclick = () => job.row.remove();
    job.row.querySelector("[data-again]").onclick = () => {
      job.row.remove();
      add([job.file]);
    };
    job.row.querySelector(".sub").classList.add("bad");
    job.row.querySelector("progress").hidden = true;
    job.row.querySelector("[data-again]").hidden = !again;
    job.row.querySelector("[data-forget]").hidden = false;
    announce(`${job.file.name}: ${text}`);
  };
  const added = (job) => {
    job.row.remove();
    announce(told.added.replace("{name}", job.file.name));
    htmx.trigger(document.body, "photos-changed");
  };
  const reasonIn = (html, file) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    const text = page.querySelector(".upload .errorlist li")?.textContent;
    return text?.replace(file.name, "").replace(/^\s*:\s*/, ""); // the row names the file
  };
  const isAway = (request) => request.status === 0 || request.status > 501; // no connection, or only a proxy
  const settled = (job, request) => {
    const photos = request.responseText.includes('id="photos"'); // a login page has none
    if (request.status === 200 && photos) added(job);
    else if (request.status === 422) failed(job, reasonIn(request.responseText, job.file) ?? told.noAnswer, false);
    else failed(job, told.noAnswer, true);
  };

  const send = (job) => new Promise((done) => {
    const request = new XMLHttpRequest();
    const bar = job.row.querySelector("progress");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) bar.value = event.loaded / event.total;
      if (event.loaded === event.total) say(job.row, told.checking);
    });
    request.addEventListener("loadend", () => done(request));
    request.open("POST", form.action);
    const headers = {
      "HX-Request": "true",
      "HX-Target": "photos",
      "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content,
    };
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.send(job.data);
  });
  /* who has no connection goes on once there is one: the same file twice is one photo */
  const pause = (wait) => new Promise((over) => {
    setTimeout(over, wait);
    window.addEventListener("online", over, { once: true });
  });
  const isWanted = (job) => job.row.isConnected; // not closed while it waited
  const deliver = async (job) => {
    job.row = rowOf(job.file);
    const forget = job.row.querySelector("[data-forget]");
    forget.onclick = () => job.row.remove();
    let request = await send(job);
    for (let wait = PAUSE; isAway(request) && isWanted(job); wait = Math.min(2 * wait, LONGEST)) {
      say(job.row, told.away);
      announce(told.away);
      forget.hidden = false;
      await pause(wait);
      if (isWanted(job)) request = await send(job);
    }
    if (!isAway(request)) settled(job, request);
  };
  const work = async () => {
    while (queue.length) {
      tellBatch();
      await deliver(queue[0]);
      queue.shift();
      settledOnes += 1;
    }
    settledOnes = 0;
    tellBatch();
  };

  const add = (files) => {
    const idle = !queue.length;
    for (const file of files) {
      const data = new FormData();
      data.append("photos", file);
      for (const name of ["category", "caption"]) data.append(name, form.elements[name].value);
      const job = { file, data };
      if (file.size > Number(told.maxBytes)) failed(job, told.tooLarge, false);
      else queue.push(job);
    }
    if (idle) work();
    else tellBatch();
  };

  form.addEventListener("submit", (event) => {
    const input = form.elements.photos;
    if (!input.files.length) return; // the answer says what is missing
    event.preventDefault();
    add([...input.files]);
    input.value = "";
  });
  form.querySelector("[capture]").addEventListener("change", (event) => {
    add([...event.target.files]);
    event.target.value = "";
  });

  /* dropped anywhere on the page: beside the grid it would replace the page */
  const section = document.getElementById("photos");
  const brings = (event) => event.dataTransfer?.types.includes("Files") && !document.querySelector("dialog[open]");
  document.addEventListener("dragover", (event) => {
    if (!brings(event) || event.target.matches("input[type=file]")) return;
    event.preventDefault();
    section.classList.add("is-over");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) section.classList.remove("is-over");
  });
  document.addEventListener("drop", (event) => {
    section.classList.remove("is-over");
    if (!brings(event) || event.target.matches("input[type=file]")) return;
    event.preventDefault();
    add([...event.dataTransfer.files]);
  });

  /* who leaves now would lose what is on its way */
  window.addEventListener("beforeunload", (event) => {
    if (queue.length) event.preventDefault();
  });
})();
