// Pins: a remark keeps the place on the model (or picture) that it is about, and the camera from which it was seen.
// Marks stand on the model as hotspots; the thread leads to them and they lead back to it.
(() => {
  const DRAG_PX = 6;
  const getCard = () => document.querySelector("[data-comments]");
  const getModel = () => document.querySelector("patina-viewer")?.model;
  const getPicture = () => document.querySelector("[data-pin-picture]");

  const readCamera = (model) => ({
    orbit: model.getCameraOrbit().toString(),
    target: model.getCameraTarget().toString(),
    field_of_view: `${model.getFieldOfView()}deg`,
    mode: document.querySelector("patina-viewer")?.dataset.mode ?? "",
  });

  const showPin = (pin, mark) => {
    const model = getModel();
    if (pin.orbit && model) {
      model.cameraOrbit = pin.orbit;
      model.cameraTarget = pin.target;
      model.fieldOfView = pin.field_of_view;
    }
    for (const other of document.querySelectorAll(".pin-mark")) other.classList.toggle("is-on", other === mark);
    const block = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
    (model ?? getPicture())?.scrollIntoView({ block: "nearest", behavior: block });
  };

  const buildMark = (number, label) => {
    const mark = document.createElement("button");
    mark.type = "button";
    mark.className = "pin-mark";
    mark.textContent = number;
    mark.setAttribute("aria-label", label);
    return mark;
  };

  const placeOnPicture = (mark, pin) => {
    const picture = getPicture();
    const image = picture?.querySelector("img");
    if (!image) return;
    const frame = picture.getBoundingClientRect();
    const seen = image.getBoundingClientRect();
    // The picture keeps its shape inside its box.
    const ratio = Math.min(seen.width / image.naturalWidth, seen.height / image.naturalHeight) || 0;
    const wide = image.naturalWidth * ratio;
    const high = image.naturalHeight * ratio;
    mark.style.left = `${seen.left - frame.left + (seen.width - wide) / 2 + pin.x * wide}px`;
    mark.style.top = `${seen.top - frame.top + (seen.height - high) / 2 + pin.y * high}px`;
  };

  const drawMarks = () => {
    for (const mark of document.querySelectorAll(".pin-mark")) mark.remove();
    const model = getModel();
    for (const said of document.querySelectorAll("[data-comments] [data-pin]")) {
      if (said.classList.contains("is-resolved")) continue;
      const pin = JSON.parse(said.dataset.pin);
      const number = said.dataset.pinNumber;
      const mark = buildMark(number, `Pin ${number}: to the comment`);
      mark.dataset.comment = said.id;
      if (pin.position && model?.loaded) {
        mark.slot = `hotspot-${said.id}`;
        mark.dataset.position = pin.position;
        mark.dataset.normal = pin.normal;
        model.append(mark);
      } else if ("x" in pin && getPicture()) {
        getPicture().append(mark);
        placeOnPicture(mark, pin);
      }
    }
  };

  const setStatus = (text) => {
    const status = getCard()?.querySelector("[data-pin-status]");
    if (status) status.textContent = text;
  };

  const toggle = (name, isShown) => {
    const element = getCard()?.querySelector(`[data-pin-${name}]`);
    if (element) element.hidden = !isShown;
  };

  const isPlacing = () => getCard()?.querySelector("[data-pin-set]")?.getAttribute("aria-pressed") === "true";

  const setPlacing = (placing) => {
    getCard()?.querySelector("[data-pin-set]")?.setAttribute("aria-pressed", String(placing));
    document.body.classList.toggle("is-pinning", placing);
    toggle("middle", placing);
    if (placing) setStatus(getPicture() ? "Click the place on the picture." : "Click the place on the model.");
  };

  const keep = (pin) => {
    const card = getCard();
    card.querySelector("[name=pin]").value = JSON.stringify(pin);
    setPlacing(false);
    toggle("set", false);
    toggle("drop", true);
    setStatus("The pin is set. It goes with your comment.");
    card.querySelector("textarea").focus();
  };

  const drop = () => {
    getCard().querySelector("[name=pin]").value = "";
    toggle("drop", false);
    offer();
    setStatus("");
  };

  // A pin needs something to stand on.
  const offer = () => toggle("set", Boolean(getPicture() || getModel()?.loaded));

  const pinModel = (model, x, y) => {
    const hit = model.positionAndNormalFromPoint(x, y);
    if (!hit) return setStatus("That is beside the model. Click a place on it.");
    keep({ position: hit.position.toString(), normal: hit.normal.toString(), ...readCamera(model) });
  };

  const pinPicture = (x, y) => {
    const image = getPicture().querySelector("img");
    const seen = image.getBoundingClientRect();
    const ratio = Math.min(seen.width / image.naturalWidth, seen.height / image.naturalHeight);
    const share = (at, start, size, natural) => (at - start - (size - natural * ratio) / 2) / (natural * ratio);
    const pin = {
      x: share(x, seen.left, seen.width, image.naturalWidth),
      y: share(y, seen.top, seen.height, image.naturalHeight),
    };
    if (pin.x < 0 || pin.x > 1 || pin.y < 0 || pin.y > 1) return setStatus("That is beside the picture.");
    keep(pin);
  };

  const getMiddle = (element) => {
    const { left, top, width, height } = element.getBoundingClientRect();
    return [left + width / 2, top + height / 2];
  };

  let down = null;
  document.addEventListener("pointerdown", ({ clientX, clientY }) => (down = [clientX, clientY]), true);
  document.addEventListener(
    "click",
    (event) => {
      if (!isPlacing()) return;
      const model = event.target.closest("model-viewer");
      const picture = event.target.closest("[data-pin-picture]");
      if (!model && !picture) return;
      event.preventDefault();
      event.stopPropagation();
      const moved = down ? Math.hypot(event.clientX - down[0], event.clientY - down[1]) : 0;
      if (moved > DRAG_PX) return;
      if (model) pinModel(model, event.clientX, event.clientY);
      else pinPicture(event.clientX, event.clientY);
    },
    true,
  );

  document.addEventListener("click", (event) => {
    const { target } = event;
    if (target.closest("[data-pin-set]")) setPlacing(!isPlacing());
    else if (target.closest("[data-pin-drop]")) drop();
    else if (target.closest("[data-pin-middle]")) {
      const model = getModel();
      if (getPicture()) pinPicture(...getMiddle(getPicture().querySelector("img")));
      else if (model) pinModel(model, ...getMiddle(model));
    } else if (target.closest("[data-pin-show]")) {
      const said = target.closest("[data-pin]");
      showPin(JSON.parse(said.dataset.pin), document.querySelector(`.pin-mark[data-comment="${said.id}"]`));
    } else if (target.closest(".pin-mark")) {
      const mark = target.closest(".pin-mark");
      const said = document.getElementById(mark.dataset.comment);
      if (!said) return;
      event.preventDefault();
      showPin(JSON.parse(said.dataset.pin), mark);
      said.classList.add("is-found");
      said.addEventListener("animationend", () => said.classList.remove("is-found"), { once: true });
      said.scrollIntoView({ block: "nearest" });
    }
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && isPlacing() && setPlacing(false));

  const refresh = () => {
    drawMarks();
    if (!getCard()?.querySelector("[name=pin]")?.value) offer();
  };
  document.addEventListener("patina:shown", refresh);
  document.addEventListener("htmx:after:swap", refresh);
  addEventListener("resize", () => getPicture() && drawMarks());
  addEventListener("load", refresh);
})();
