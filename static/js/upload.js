// Files dropped anywhere on the page, or chosen: checked here, sent two at a time with progress, checked again there.
(() => {
  const form = document.querySelector("form[data-upload]");
  if (!form) return;
  const input = form.querySelector("input[type=file]");
  const list = form.querySelector("[data-upload-list]");
  const title = form.querySelector("[data-upload-title]");
  const status = form.querySelector("[data-upload-status]");
  const blank = form.querySelector("[data-upload-row]");
  const layer = document.querySelector("[data-drop-layer]");
  const { kinds, taken } = JSON.parse(document.getElementById("upload-rules").textContent);
  const AT_ONCE = 2;
  const waiting = [];
  let going = 0;
  let alone = null; // the row of a file that came by itself: its page opens when it is here

  const formatSize = (bytes) => {
    const units = ["bytes", "kB", "MB", "GB"];
    let amount = bytes;
    while (amount >= 999.5 && units.length > 1) {
      amount /= 1000;
      units.shift();
    }
    const digits = units[0] === "bytes" || amount >= 99.5 ? 0 : 1;
    return `${amount.toFixed(digits).replace(/\.0$/, "")}\u00a0${units[0]}`;
  };

  const findProblem = (file) => {
    const suffix = file.name.includes(".") ? file.name.split(".").pop().toLowerCase() : "";
    const rule = kinds.find(({ suffixes }) => suffixes.includes(suffix));
    if (!rule) return `This format cannot be read here. ${taken}`;
    if (file.size === 0) return "This file is empty (0 bytes).";
    if (file.size > rule.maxBytes) {
      return `This file is too large: ${formatSize(file.size)}. The limit is ${formatSize(rule.maxBytes)}.`;
    }
    return "";
  };

  const addRow = (file) => {
    const row = blank.content.firstElementChild.cloneNode(true);
    row.dataset.state = "going";
    row.querySelector("[data-name]").textContent = file.name;
    row.querySelector("[data-name]").title = file.name;
    row.querySelector("[data-note]").textContent = formatSize(file.size);
    row.querySelector("[data-bar]").setAttribute("aria-label", `Upload of ${file.name}`);
    list.prepend(row);
    return row;
  };

  const fail = (row, problem) => {
    row.dataset.state = "failed";
    row.querySelector("[data-problem]").textContent = problem;
    status.textContent = `${row.querySelector("[data-name]").textContent}: ${problem}`;
  };

  const finish = (row, answer) => {
    row.dataset.state = "done";
    const name = row.querySelector("[data-name]");
    const link = document.createElement("a");
    link.href = answer.url;
    link.textContent = name.textContent;
    name.replaceChildren(link);
    status.textContent = `${link.textContent} is uploaded.`;
    document.body.dispatchEvent(new CustomEvent("patina:refresh"));
  };

  const openAlone = () => {
    const link = alone?.querySelector("[data-name] a");
    if (!link || going || waiting.length || form.hidden) return;
    alone = null;
    location.assign(link.href);
  };

  const readAnswer = (request, row) => {
    let answer = null;
    try {
      answer = JSON.parse(request.responseText).files?.[0];
    } catch {
      // A page instead of an answer: signed out, no right, or a mistake on the server.
    }
    if (answer?.url) return finish(row, answer);
    if (answer?.problem) return fail(row, answer.problem);
    if (request.responseURL.includes("/login/")) return fail(row, "You were signed out. Sign in and send it again.");
    if (request.status === 403) return fail(row, "You may look at this project, but not upload to it.");
    if (request.status === 413) return fail(row, "This file is too large for the server.");
    return fail(row, "The server could not take it. Nothing was stored; try again.");
  };

  const send = ({ file, row }) => {
    const request = new XMLHttpRequest();
    const bar = row.querySelector("[data-bar]");
    const note = row.querySelector("[data-note]");
    const body = new FormData();
    body.append("file", file);
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      bar.value = (event.loaded / event.total) * 100;
      note.textContent = `${formatSize(event.loaded)} of ${formatSize(file.size)}`;
    });
    request.upload.addEventListener("load", () => {
      bar.removeAttribute("value");
      note.textContent = "Checking…";
    });
    request.addEventListener("load", () => readAnswer(request, row));
    request.addEventListener("error", () => fail(row, "The connection broke. Nothing was stored; try again."));
    request.addEventListener("loadend", () => {
      note.textContent = formatSize(file.size);
      going -= 1;
      sendNext();
      openAlone();
    });
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", form.elements.csrfmiddlewaretoken.value);
    request.send(body);
  };

  const showTitle = () => {
    const left = going + waiting.length;
    const failed = list.querySelectorAll("[data-state=failed]").length;
    if (left) title.textContent = `Uploading ${left} ${left === 1 ? "file" : "files"}`;
    else title.textContent = failed ? `${failed} of ${list.children.length} not uploaded` : "All uploaded";
  };

  const sendNext = () => {
    while (going < AT_ONCE && waiting.length) {
      going += 1;
      send(waiting.shift());
    }
    showTitle();
  };

  const take = (files) => {
    if (!files.length) return;
    const isAlone = files.length === 1 && !going && !waiting.length;
    alone = null;
    form.hidden = false;
    for (const file of files) {
      const row = addRow(file);
      if (isAlone) alone = row;
      const problem = findProblem(file);
      if (problem) fail(row, problem);
      else waiting.push({ file, row });
    }
    sendNext();
  };

  // Choose
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-upload-open]")) {
      event.preventDefault();
      input.click();
    }
    if (event.target.closest("[data-upload-close]")) {
      form.hidden = true;
      if (!going && !waiting.length) list.replaceChildren();
    }
  });
  input.addEventListener("change", () => {
    take([...input.files]);
    input.value = "";
  });

  // Drop. Entering a child leaves its parent, so the depth is counted.
  let depth = 0;
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  const showLayer = (shown) => {
    layer.hidden = !shown;
    if (!shown) depth = 0;
  };
  addEventListener("dragenter", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth += 1;
    showLayer(true);
  });
  addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
  });
  addEventListener("dragleave", (event) => {
    if (!hasFiles(event)) return;
    depth -= 1;
    if (depth <= 0) showLayer(false);
  });
  addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    showLayer(false);
    take([...event.dataTransfer.files]);
  });

  // Leaving now would lose what is on its way.
  addEventListener("beforeunload", (event) => {
    if (going || waiting.length) event.preventDefault();
  });
})();
