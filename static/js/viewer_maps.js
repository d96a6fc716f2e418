// The map inspector of <patina-viewer>: one map flat beside the model, with zoom and download, and laid on the model.
// Metallic, roughness and occlusion often share one picture: each is shown as the one channel that it is.
(() => {
  const SOURCES = {
    base_color: [["base_color"]],
    metallic: [["metallic"], ["metallic_roughness", 2]],
    roughness: [["roughness"], ["metallic_roughness", 1]],
    normal: [["normal"]],
    occlusion: [["occlusion", 0]],
    emissive: [["emissive"]],
  };
  const FIRST = "base_color";
  const DRAWN_PX = 4096; // a larger picture is drawn smaller; its file is downloaded as it is
  const ZOOM_STEP = 1.5;
  const ZOOM_MOST = 32;
  const PAN_PX = 40;

  const findSource = (material, channel) => {
    for (const [name, index] of SOURCES[channel]) {
      if (material.maps[name]) return { map: material.maps[name], index: index ?? null, isShared: name === "metallic_roughness" };
    }
    return null;
  };

  const spread = (canvas, index) => {
    const context = canvas.getContext("2d");
    const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
    const { data } = pixels;
    for (let i = 0; i < data.length; i += 4) {
      data[i] = data[i + 1] = data[i + 2] = data[i + index];
      data[i + 3] = 255;
    }
    context.putImageData(pixels, 0, 0);
  };

  const writeSize = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);
  const writeFactor = (value) => [value].flat().map((number) => Number(number).toFixed(2).replace(/\.?0+$/, "")).join(", ");

  class MapInspector {
    constructor(viewer) {
      this.viewer = viewer;
      this.pane = viewer.querySelector("[data-viewer-maps]");
      this.find = (name) => this.pane.querySelector(`[data-maps-${name}]`);
      this.canvas = this.find("canvas");
      this.frame = this.find("frame");
      this.channel = viewer.wish?.map ?? FIRST;
      this.material = 0;
      this.isOnModel = true;
      this.view = { zoom: 1, x: 0, y: 0 };
      this.fillMaterials();
      this.listen();
    }

    get materials() {
      return this.viewer.worn ?? this.viewer.data.materials;
    }

    fillMaterials() {
      const select = this.find("material");
      const names = this.materials.map(({ name }, i) => new Option(name || `Material ${i + 1}`, i));
      select.replaceChildren(...names);
      select.hidden = names.length < 2;
      this.material = Math.max(0, this.materials.findIndex(({ maps }) => Object.keys(maps).length));
      select.value = this.material;
    }

    listen() {
      this.pane.addEventListener("click", (event) => {
        const button = event.target.closest("[data-map], [data-maps-zoom]");
        if (button?.dataset.map) this.choose(button.dataset.map);
        else if (button) this.zoomTo(button.dataset.mapsZoom);
      });
      this.find("material").addEventListener("change", ({ target }) => {
        this.material = Number(target.value);
        this.draw();
      });
      this.find("on-model").addEventListener("click", ({ currentTarget }) => {
        this.isOnModel = !this.isOnModel;
        currentTarget.setAttribute("aria-pressed", String(this.isOnModel));
        this.layOn();
      });
      this.find("download").addEventListener("click", () => this.download());
      this.frame.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
      this.frame.addEventListener("pointerdown", (event) => this.startDrag(event));
      this.frame.addEventListener("keydown", (event) => this.onKey(event));
      new ResizeObserver(() => this.zoomTo("fit")).observe(this.frame);
    }

    open() {
      this.pane.hidden = false;
      this.viewer.classList.add("has-maps");
      this.choose(this.channel);
    }

    close() {
      this.pane.hidden = true;
      this.viewer.classList.remove("has-maps");
    }

    choose(channel) {
      this.channel = SOURCES[channel] ? channel : FIRST;
      this.viewer.dataset.map = this.channel;
      for (const button of this.pane.querySelectorAll("[data-map]")) {
        button.setAttribute("aria-pressed", String(button.dataset.map === this.channel));
      }
      this.layOn();
      this.draw();
    }

    layOn() {
      if (this.viewer.model?.loaded) window.patinaStage.setMode(this.viewer.model, this.isOnModel ? this.channel : "lit");
    }

    async draw() {
      const material = this.materials[this.material];
      const source = findSource(material, this.channel);
      this.source = source;
      this.find("download").disabled = !source;
      this.canvas.hidden = !source;
      if (!source) return this.say(this.describeLack(material), true);
      this.say("Loading the map", true);
      const image = new Image();
      image.src = source.map.url;
      try {
        await image.decode();
      } catch {
        if (this.source === source) this.say("The map could not be loaded. Choose it once more to try again.", true);
        return;
      }
      if (this.source !== source) return; // another one was chosen meanwhile
      this.paint(image, source);
      const { width, height, format, size } = source.map;
      const shared = source.isShared ? " · in the metallic-roughness picture" : "";
      this.say(`${width} × ${height} · ${format.toUpperCase()} · ${writeSize(size)}${shared}`, false);
    }

    paint(image, source) {
      const share = Math.min(1, DRAWN_PX / Math.max(image.naturalWidth, image.naturalHeight));
      this.canvas.width = Math.round(image.naturalWidth * share);
      this.canvas.height = Math.round(image.naturalHeight * share);
      this.canvas.getContext("2d", { willReadFrequently: source.index !== null }).drawImage(image, 0, 0, this.canvas.width, this.canvas.height);
      if (source.index !== null) spread(this.canvas, source.index);
      this.canvas.setAttribute("aria-label", `${this.label} map`);
      this.zoomTo("fit");
    }

    get label() {
      return this.pane.querySelector(`[data-map="${this.channel}"]`).textContent.trim();
    }

    describeLack({ factors }) {
      const value = factors?.[this.channel];
      const words = `No ${this.label.toLowerCase()} map.`;
      return value === undefined ? words : `${words} The material says ${writeFactor(value)} everywhere.`;
    }

    say(text, isOnFrame) {
      this.find("about").textContent = isOnFrame ? "" : text;
      this.find("note").textContent = isOnFrame ? text : "";
    }

    // "in", "out", "fit", "real" (one picture point is one of the screen)
    zoomTo(how, at) {
      const fit = Math.min(this.frame.clientWidth / this.canvas.width, this.frame.clientHeight / this.canvas.height) || 1;
      if (how === "fit") this.view = { zoom: fit, x: 0, y: 0 };
      else {
        const before = this.view.zoom;
        const wanted = { in: before * ZOOM_STEP, out: before / ZOOM_STEP, real: 1 / devicePixelRatio }[how];
        const zoom = Math.min(ZOOM_MOST, Math.max(Math.min(fit, 1 / devicePixelRatio) / 2, wanted));
        const { x, y } = at ?? { x: 0, y: 0 };
        const ratio = zoom / before;
        this.view = { zoom, x: x - (x - this.view.x) * ratio, y: y - (y - this.view.y) * ratio };
      }
      this.place();
    }

    place() {
      const { zoom, x, y } = this.view;
      const most = (size, room) => Math.max(0, (size * zoom - room) / 2 + PAN_PX);
      const limit = (value, size, room) => Math.min(most(size, room), Math.max(-most(size, room), value));
      this.view.x = limit(x, this.canvas.width, this.frame.clientWidth);
      this.view.y = limit(y, this.canvas.height, this.frame.clientHeight);
      this.canvas.style.transform = `translate(-50%, -50%) translate(${this.view.x}px, ${this.view.y}px) scale(${zoom})`;
      this.canvas.classList.toggle("is-close", zoom > 2);
      this.find("zoom-text").textContent = `${Math.round(zoom * devicePixelRatio * 100)} %`;
    }

    onWheel(event) {
      event.preventDefault();
      const box = this.frame.getBoundingClientRect();
      const at = { x: event.clientX - box.x - box.width / 2, y: event.clientY - box.y - box.height / 2 };
      this.zoomTo(event.deltaY < 0 ? "in" : "out", at);
    }

    startDrag(event) {
      if (event.button !== 0) return;
      let last = event;
      const move = (now) => {
        this.view.x += now.clientX - last.clientX;
        this.view.y += now.clientY - last.clientY;
        last = now;
        this.place();
      };
      this.frame.setPointerCapture(event.pointerId);
      this.frame.addEventListener("pointermove", move);
      this.frame.addEventListener("lostpointercapture", () => this.frame.removeEventListener("pointermove", move), { once: true });
    }

    onKey(event) {
      const moves = { ArrowLeft: [PAN_PX, 0], ArrowRight: [-PAN_PX, 0], ArrowUp: [0, PAN_PX], ArrowDown: [0, -PAN_PX] };
      const zooms = { "+": "in", "=": "in", "-": "out", 0: "fit", 1: "real" };
      if (moves[event.key]) {
        this.view.x += moves[event.key][0];
        this.view.y += moves[event.key][1];
        this.place();
      } else if (zooms[event.key]) this.zoomTo(zooms[event.key]);
      else return;
      event.preventDefault(); // these keys mean the model elsewhere
    }

    // A map that is a whole picture leaves as its file, a single channel as a picture of its own.
    download() {
      const link = document.createElement("a");
      const save = (address) => {
        link.href = address;
        link.click();
      };
      const { map, index } = this.source;
      link.download = "";
      if (index === null) return save(`${map.url}?download=1`);
      link.download = `${this.viewer.dataset.fileName}_${this.channel}.png`;
      this.canvas.toBlob((picture) => {
        const address = URL.createObjectURL(picture);
        save(address);
        setTimeout(() => URL.revokeObjectURL(address), 10_000);
      });
    }
  }

  const inspectors = new WeakMap();
  document.addEventListener("patina:mode", ({ target: viewer }) => {
    const wants = viewer.dataset.mode === "maps";
    if (!viewer.data.materials?.length || !viewer.querySelector("[data-viewer-maps]")) return;
    if (!inspectors.has(viewer) && wants) inspectors.set(viewer, new MapInspector(viewer));
    if (wants) inspectors.get(viewer).open();
    else inspectors.get(viewer)?.close();
  });
  document.addEventListener("patina:dressed", ({ target: viewer }) => {
    const inspector = inspectors.get(viewer);
    inspector?.fillMaterials();
    if (viewer.dataset.mode === "maps") inspector.choose(inspector.channel);
  });
})();
