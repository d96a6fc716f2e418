// <patina-viewer>: the stage of one model. It loads the 3D library and the model when it should (at once, or after a
// tap for big files and phones), moves the camera to named places, and keeps poster and words where 3D is not there.
(() => {
  // The same places and words as the vendors' camera_angles: left and right are the subject's own, the front is +Z.
  const CAMERAS = {
    front: "0deg 90deg auto",
    right: "-90deg 90deg auto",
    back: "180deg 90deg auto",
    left: "90deg 90deg auto",
    top: "0deg 0deg auto",
    "three-quarter": "35deg 72deg auto",
  };
  const HOME = CAMERAS["three-quarter"];
  const KEYS = Object.keys(CAMERAS);
  const CAMERA_KEPT = "patina-camera";
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const phone = matchMedia("(max-width: 700px), (pointer: coarse)");

  const hasWebGL = () => {
    try {
      const context = document.createElement("canvas").getContext("webgl2");
      context?.getExtension("WEBGL_lose_context")?.loseContext();
      return Boolean(context);
    } catch {
      return false;
    }
  };

  // Where the decoders lie has to be known before the library runs.
  let library;
  const loadLibrary = ({ library: address, draco, meshopt }) => {
    self.ModelViewerElement ??= {
      dracoDecoderLocation: new URL(draco, location).href,
      meshoptDecoderLocation: new URL(meshopt, location).href,
    };
    library ??= import(address);
    return library;
  };

  class PatinaViewer extends HTMLElement {
    connectedCallback() {
      if (this.ready) return;
      this.ready = true;
      this.find = (name) => this.querySelector(`[data-viewer-${name}]`);
      if (!hasWebGL()) {
        this.explain("3D is not available here: this browser has no WebGL. Poster, renders and facts are below.");
        return;
      }
      this.listen();
      this.find("load").addEventListener("click", () => this.load(this.dataset.src));
      this.find("original")?.addEventListener("click", (event) => {
        event.currentTarget.hidden = true;
        this.load(this.dataset.original);
      });
      if (this.dataset.ask === "yes" || phone.matches) this.find("ask").hidden = false;
      else this.load(this.dataset.src);
    }

    async load(address) {
      this.find("ask").hidden = true;
      this.find("problem").hidden = true;
      this.find("loading").hidden = false;
      const isOriginal = address === this.dataset.original;
      const amount = this.find("amount");
      amount.textContent = isOriginal ? amount.dataset.original : amount.dataset.light;
      this.find("bar").removeAttribute("value");
      try {
        await loadLibrary(this.dataset);
      } catch {
        this.fail("The 3D viewer itself could not be loaded. Is the connection there?");
        return;
      }
      this.model ??= this.buildModel();
      const orbit = this.model.loaded ? this.model.getCameraOrbit().toString() : null;
      this.model.dataset.kept = orbit ?? this.takeKeptCamera() ?? "";
      // The library remembers a failed address for good; another fragment makes it another one to it, the same to us.
      this.model.src = this.tries ? `${address}#${this.tries}` : address;
      if (isOriginal) this.querySelector("[data-viewer-light]")?.remove();
    }

    buildModel() {
      const model = document.createElement("model-viewer");
      const settings = {
        alt: this.dataset.alt,
        "camera-controls": "",
        "touch-action": "pan-y",
        "interaction-prompt": "none",
        "tone-mapping": "neutral",
        "shadow-intensity": "1",
        "shadow-softness": "0.9",
        exposure: "1",
        loading: "eager",
        "camera-orbit": HOME,
        "min-camera-orbit": "auto 0deg auto",
        "max-camera-orbit": "auto 180deg auto",
        "field-of-view": "30deg",
        "auto-rotate-delay": "0",
        "interpolation-decay": calm.matches ? "1" : "90",
      };
      for (const [name, value] of Object.entries(settings)) model.setAttribute(name, value);
      const bar = document.createElement("div");
      bar.slot = "progress-bar";
      model.append(bar);
      model.addEventListener("progress", (event) => this.showProgress(event.detail.totalProgress));
      model.addEventListener("load", () => this.show());
      model.addEventListener("error", (event) => {
        if (event.detail?.type === "webglcontextlost") this.explain("The 3D view was stopped by the browser. Reload the page to see it again.");
        else this.fail("The model could not be shown. The file itself is safe.");
      });
      model.addEventListener("camera-change", (event) => {
        if (event.detail.source === "user-interaction") this.mark(null);
      });
      this.find("stage").prepend(model);
      return model;
    }

    listen() {
      this.addEventListener("click", (event) => {
        const camera = event.target.closest("[data-camera]");
        if (camera) this.turnTo(camera.dataset.camera);
      });
      this.find("reset").addEventListener("click", () => this.turnTo(null));
      this.find("turntable").addEventListener("click", ({ currentTarget }) => {
        this.model.autoRotate = !this.model.autoRotate;
        currentTarget.setAttribute("aria-pressed", String(this.model.autoRotate));
      });
      this.find("exposure").addEventListener("input", ({ target }) => (this.model.exposure = Number(target.value)));
      this.find("tone").addEventListener("change", ({ target }) => (this.model.toneMapping = target.value));
      this.find("picture").addEventListener("click", () => this.savePicture());
      this.find("full").addEventListener("click", () => this.toggleFull());
      this.addEventListener("fullscreenchange", () => this.markFull(document.fullscreenElement === this));
      document.addEventListener("keydown", (event) => this.onKey(event));
    }

    show() {
      const { model } = this;
      if (model.dataset.kept) {
        model.cameraOrbit = model.dataset.kept;
        model.jumpCameraToGoal();
      } else if (!this.classList.contains("is-shown")) this.mark("three-quarter");
      this.find("loading").hidden = true;
      this.find("tools").hidden = false;
      this.classList.add("is-shown");
      this.dispatchEvent(new CustomEvent("patina:shown", { bubbles: true }));
    }

    showProgress(share) {
      if (share > 0) this.find("bar").value = Math.round(share * 100);
    }

    // A name of CAMERAS, or null for the view at the start.
    turnTo(name) {
      const { model } = this;
      model.cameraTarget = "auto auto auto";
      model.fieldOfView = "30deg";
      model.cameraOrbit = CAMERAS[name] ?? HOME;
      model.resetTurntableRotation(0);
      if (calm.matches) model.jumpCameraToGoal();
      this.mark(name ?? "three-quarter");
    }

    mark(name) {
      for (const button of this.querySelectorAll("[data-camera]")) {
        button.classList.toggle("is-on", button.dataset.camera === name);
      }
    }

    onKey(event) {
      if (!this.isConnected || !this.model?.loaded) return;
      const busy = event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open], .pswp--open");
      if (busy || event.target.closest?.("input, textarea, select, [contenteditable]")) return;
      if (event.key === "0") this.turnTo(null);
      else if (KEYS[Number(event.key) - 1]) this.turnTo(KEYS[Number(event.key) - 1]);
      else if (event.key === "Escape") this.markFull(false);
    }

    async toggleFull() {
      if (document.fullscreenElement) return document.exitFullscreen();
      // Phones without the Fullscreen API get the whole window instead.
      if (!this.requestFullscreen) return this.markFull(!this.classList.contains("is-full"));
      try {
        return await this.requestFullscreen();
      } catch {
        return this.markFull(!this.classList.contains("is-full"));
      }
    }

    markFull(isFull) {
      this.classList.toggle("is-full", isFull);
      this.find("full").setAttribute("aria-pressed", String(isFull));
    }

    async savePicture() {
      const picture = await this.model.toBlob({ mimeType: "image/png", idealAspect: false });
      const link = document.createElement("a");
      link.href = URL.createObjectURL(picture);
      link.download = `${this.dataset.fileName}.png`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    }

    // Between versions of one lineage the camera stays where it was.
    takeKeptCamera() {
      try {
        const kept = JSON.parse(sessionStorage.getItem(CAMERA_KEPT) ?? "null");
        sessionStorage.removeItem(CAMERA_KEPT);
        return kept?.lineage === this.dataset.lineage ? kept.orbit : null;
      } catch {
        return null;
      }
    }

    keepCamera() {
      if (!this.model?.loaded) return;
      const kept = { lineage: this.dataset.lineage, orbit: this.model.getCameraOrbit().toString() };
      sessionStorage.setItem(CAMERA_KEPT, JSON.stringify(kept));
    }

    fail(text) {
      this.tries = (this.tries ?? 0) + 1;
      this.model?.remove();
      this.model = null;
      this.classList.remove("is-shown");
      this.explain(text);
      this.find("ask").hidden = false;
    }

    explain(text) {
      const problem = this.find("problem");
      problem.textContent = text;
      problem.hidden = false;
      this.find("loading").hidden = true;
    }
  }

  customElements.define("patina-viewer", PatinaViewer);
  document.addEventListener("click", (event) => {
    if (event.target.closest("a[data-keep-camera]")) document.querySelector("patina-viewer")?.keepCamera();
  });
})();
