// Pins: a remark keeps the place on the model (or picture) that it is about, and the camera from which it was seen.
// Marks stand on the model as hotspots; the thread leads to them and they lead back to it.
(() => {
  const DRAG_PX = 6;
  const getCard = () => document.querySelector("[data-comments]");
  const SEEN_MODES = new Set(["lit", "clay", "wire"]);
  const getViewer = () => document.querySelector("patina-viewer");
  const getModel = () => getViewer()?.model;
  const getMarks = () => document.querySelectorAll(".pin-mark");
  const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  let wanted = ""; // the comment whose place is to be shown when the model is there
  const getPicture = () => document.querySelector("[data-pin-picture]");

  const readCamera = (model) => ({
    orbit: model.getCameraOrbit().toString(),
    target: model.getCameraTarget().toString(),
    field_of_view: `${model.getFieldOfView()}deg`,
    mode: document.querySelector("patina-viewer")?.dataset.mode ?? "",
  });

  // Set anew, for the library takes no second word that equals the first: somebody may have turned the model since.
  const restoreCamera = (model, pin) => {
    model.cameraTarget = pin.target;
    model.fieldOfView = pin.field_of_view;
    model.cameraOrbit = "auto auto auto";
    model.cameraOrbit = pin.orbit;
    if (isCalm()) model.jumpCameraToGoal();
  };

  const showPin = (said) => {
    const pin = JSON.parse(said.dataset.pin);
    const model = getModel();
    const viewer = getViewer();
    if (pin.orbit && model?.loaded) {
      viewer.mark(null);
      if (viewer.dataset.mode !== pin.mode && SEEN_MODES.has(pin.mode)) viewer.setMode(pin.mode);
      restoreCamera(model, pin);
    } else if (pin.orbit && viewer) {
      // To ask for the place is to ask for the model (phones wait for a tap).
      wanted = said.id;
      if (!model) viewer.querySelector("[data-viewer-ask]:not([hidden]) [data-viewer-load]")?.click();
    }
    for (const mark of getMarks()) mark.classList.toggle("is-on", mark.dataset.comment === said.id);
    (viewer ?? getPicture())?.scrollIntoView({ block: "nearest", behavior: isCalm() ? "auto" : "smooth" });
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

  const findMark = (said, parent) =>
    [...parent.querySelectorAll(".pin-mark")].find((mark) => mark.dataset.comment === said.id);

  const addMark = (said, parent) => {
    const mark = document.createElement("button");
    Object.assign(mark, { type: "button", className: "pin-mark" });
    mark.dataset.comment = said.id;
    const { position, normal } = JSON.parse(said.dataset.pin);
    if (position) Object.assign(mark.dataset, { position, normal });
    if (position) mark.slot = `hotspot-${said.id}`;
    parent.append(mark);
    return mark;
  };

  // A mark that is there stays: it may have the focus.
  const drawMarks = () => {
    const kept = new Set();
    for (const said of document.querySelectorAll("[data-comments] [data-pin]:not(.is-resolved)")) {
      const pin = JSON.parse(said.dataset.pin);
      const parent = pin.position ? getModel()?.loaded && getModel() : getPicture();
      if (!parent) continue;
      const mark = findMark(said, parent) ?? addMark(said, parent);
      mark.textContent = said.dataset.pinNumber;
      mark.setAttribute("aria-label", `Pin ${said.dataset.pinNumber}: to the comment`);
      if ("x" in pin) placeOnPicture(mark, pin);
      kept.add(mark);
    }
    for (const mark of getMarks()) if (!kept.has(mark)) mark.remove();
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
      showPin(target.closest("[data-pin]"));
    } else if (target.closest(".pin-mark")) {
      const mark = target.closest(".pin-mark");
      const said = document.getElementById(mark.dataset.comment);
      if (!said) return;
      event.preventDefault();
      showPin(said);
      said.classList.add("is-found");
      said.addEventListener("animationend", () => said.classList.remove("is-found"), { once: true });
      said.focus({ preventScroll: true });
      said.scrollIntoView({ block: "nearest" });
    }
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && isPlacing() && setPlacing(false));

  const refresh = () => {
    drawMarks();
    const hasPin = Boolean(getCard()?.querySelector("[name=pin]")?.value);
    toggle("drop", hasPin);
    if (!hasPin) offer();
  };

  // What was sent comes back as a new card: whoever sent it goes on from its box.
  let sends = false;
  document.addEventListener("submit", (event) => (sends ||= event.target.matches(".comment-box")), true);
  const goOn = () => {
    if (!sends || document.activeElement !== document.body) return;
    sends = false;
    const box = getCard()?.querySelector("textarea");
    box?.focus({ preventScroll: true });
    if (box && !getCard().querySelector(".field-error")) setStatus("Your comment is sent.");
  };

  document.addEventListener("patina:shown", () => {
    refresh();
    const said = wanted && document.getElementById(wanted);
    wanted = "";
    if (said) showPin(said);
  });
  document.addEventListener("htmx:after:swap", () => {
    refresh();
    goOn();
  });
  addEventListener("resize", () => getPicture() && drawMarks());
  addEventListener("load", refresh);
})();
