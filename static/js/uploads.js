/* Photos that are added: each by itself, one after the other, with its own progress. Without it the form posts them all. */
"use strict";
(() => {
  const form = document.querySelector("form[data-uploads]");
  const list = document.getElementById("uploads");
  const told = form.dataset;
  const queue = [];
  let busy = false;

  const rowOf = (file) => {
    const row = document.getElementById("upload-row").content.firstElementChild.cloneNode(true);
    row.querySelector(".strong").textContent = file.name;
    row.querySelector("progress").setAttribute("aria-label", file.name);
    list.append(row);
    return row;
  };
  const say = (row, text) => { row.querySelector(".sub").textContent = text; };
  const announce = (text) => { document.getElementById("live").textContent = text; };

  const failed = (job, text, again) => {
    say(job.row, text);
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
    request.addEventListener("loadend", () => {
      settled(job, request);
      done();
    });
    request.open("POST", form.action);
    const headers = {
      "HX-Request": "true",
      "HX-Target": "photos",
      "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content,
    };
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.send(job.data);
  });
  const work = async () => {
    if (busy) return;
    busy = true;
    while (queue.length) {
      await send(queue[0]);
      queue.shift();
    }
    busy = false;
  };

  const add = (files) => {
    for (const file of files) {
      const data = new FormData();
      data.append("photos", file);
      for (const name of ["category", "caption"]) data.append(name, form.elements[name].value);
      const job = { file, data, row: rowOf(file) };
      job.row.querySelector("[data-forget]").addEventListener("click", () => job.row.remove());
      job.row.querySelector("[data-again]").addEventListener("click", () => {
        job.row.remove();
        add([file]);
      });
      if (file.size > Number(told.maxBytes)) failed(job, told.tooLarge, false);
      else queue.push(job);
    }
    work();
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
