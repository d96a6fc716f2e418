// Cards of files: star and pick without leaving the page, boxes by shift and by x, and a model's renders under the
// pointer. Without this file marks and boxes are plain forms.
(() => {
  // --- Star and pick: shown at once, taken back when the server did not take them ---------------------------------
  const show = (mark, on) => {
    mark.setAttribute("aria-pressed", String(on));
    mark.value = on ? "" : "1";
  };

  document.addEventListener("click", async (event) => {
    const mark = event.target.closest("[data-mark]");
    if (!mark || mark.disabled) return;
    event.preventDefault();
    const on = mark.value === "1";
    const body = new FormData();
    body.set("csrfmiddlewaretoken", mark.form.elements.csrfmiddlewaretoken.value);
    body.set("on", mark.value);
    show(mark, on);
    mark.disabled = true;
    try {
      const headers = { "X-Requested-With": "fetch" };
      const answer = await fetch(mark.formAction, { method: "POST", body, headers });
      if (answer.status !== 204) throw new Error(String(answer.status));
    } catch {
      show(mark, !on);
      mark.title = "This was not saved. Try again.";
    }
    mark.disabled = false;
    mark.focus();
  });

  // --- Boxes -----------------------------------------------------------------------------------------------------
  const bar = document.querySelector("[data-choice-bar]");
  const chosen = new Set();
  let last = null;
  const listBoxes = () => [...document.querySelectorAll("[data-choose]")];

  const tell = () => {
    if (!bar) return;
    const number = chosen.size;
    const words = number === 1 ? "1 chosen" : `${number} chosen`;
    const count = bar.querySelector("[data-choice-count]");
    if (number && count.textContent !== words) count.textContent = words;
    const compare = bar.querySelector("[data-choice-compare]");
    compare.disabled = number < 2 || number > 4;
    const all = bar.querySelector("[data-choose-all]");
    all.hidden = number === listBoxes().length;
  };

  const choose = (box, on) => {
    box.checked = on;
    if (on) chosen.add(box.value);
    else chosen.delete(box.value);
  };

  document.addEventListener("click", (event) => {
    const box = event.target.closest("[data-choose]");
    if (box) {
      const boxes = listBoxes();
      const from = boxes.findIndex((other) => other.value === last);
      if (event.shiftKey && from >= 0) {
        const to = boxes.indexOf(box);
        for (const other of boxes.slice(Math.min(from, to), Math.max(from, to) + 1)) choose(other, box.checked);
      }
      choose(box, box.checked);
      last = box.value;
      tell();
    } else if (event.target.closest("[data-choose-all]")) {
      for (const other of listBoxes()) choose(other, true);
      tell();
    }
  });

  document.addEventListener("reset", (event) => {
    if (event.target.id !== "gallery-post") return;
    chosen.clear();
    setTimeout(tell);
  });

  // A part of the page that was replaced keeps what was chosen.
  const restore = () => {
    const boxes = listBoxes();
    const there = new Set(boxes.map((box) => box.value));
    for (const value of chosen) if (!there.has(value)) chosen.delete(value);
    for (const box of boxes) box.checked = chosen.has(box.value);
    tell();
  };
  document.addEventListener("htmx:after:swap", restore);
  addEventListener("pageshow", () => {
    for (const box of listBoxes()) if (box.checked) chosen.add(box.value);
    tell();
  });

  document.addEventListener("keydown", (event) => {
    const tile = event.target.closest?.(".tile") ?? document.querySelector(".tile:hover");
    const isOwn = event.target.matches?.("[data-choose]");
    if (event.key === "Escape" && chosen.size && !document.querySelector("details[open], dialog[open]")) {
      document.getElementById("gallery-post")?.reset();
      return;
    }
    if (event.key !== "x" || !tile || !(isOwn || self.patinaKeys?.isIdle(event))) return;
    const box = tile.querySelector("[data-choose]");
    if (!box) return;
    choose(box, !box.checked);
    last = box.value;
    tell();
  });

  // Enter on a box would press the form's first button.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches?.("[data-choose]")) event.preventDefault();
  });

  // --- Renders of a model, one after the other as the pointer moves over its card ---------------------------------
  const readAngles = (stage) =>
    stage.dataset.angles.split(",").map((text) => {
      const [address, ...words] = text.split(" ");
      return { address, name: words.join(" ") };
    });

  const turnTo = (stage, index) => {
    const angles = readAngles(stage);
    let layer = stage.querySelector(".angle");
    if (!layer) {
      layer = document.createElement("img");
      layer.className = "angle";
      layer.alt = "";
      const name = document.createElement("span");
      name.className = "tag angle-name";
      const steps = document.createElement("span");
      steps.className = "angle-steps";
      steps.append(...angles.map(() => document.createElement("span")));
      stage.append(layer, name, steps);
    }
    if (layer.dataset.index === String(index)) return;
    layer.dataset.index = index;
    layer.src = angles[index].address;
    stage.querySelector(".angle-name").textContent = angles[index].name.replaceAll("-", " ");
    stage.querySelectorAll(".angle-steps > span").forEach((step, at) => step.classList.toggle("is-shown", at === index));
  };

  const turnBack = (stage) => stage.querySelectorAll(".angle, .angle-name, .angle-steps").forEach((part) => part.remove());

  document.addEventListener("pointermove", (event) => {
    if (event.pointerType !== "mouse") return;
    const stage = event.target.closest?.(".tile-stage[data-angles]");
    if (!stage) return;
    const box = stage.getBoundingClientRect();
    const share = Math.min(0.999, Math.max(0, (event.clientX - box.left) / box.width));
    turnTo(stage, Math.floor(share * readAngles(stage).length));
  });
  document.addEventListener("pointerout", (event) => {
    const stage = event.target.closest?.(".tile-stage[data-angles]");
    if (stage && !stage.contains(event.relatedTarget)) turnBack(stage);
  });

  // By the keyboard: arrows turn the model whose name has the focus.
  document.addEventListener("keydown", (event) => {
    const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const stage = way && event.target.matches?.(".tile-name") && event.target.closest(".tile").querySelector("[data-angles]");
    if (!stage) return;
    event.preventDefault();
    const number = readAngles(stage).length;
    const index = Number(stage.querySelector(".angle")?.dataset.index ?? (way > 0 ? -1 : 0));
    turnTo(stage, (index + way + number) % number);
  });
  document.addEventListener("focusout", (event) => {
    const stage = event.target.matches?.(".tile-name") && event.target.closest(".tile").querySelector("[data-angles]");
    if (stage) turnBack(stage);
  });
})();
