// <patina-viewer>: the stage of one model with its tools. It loads the 3D library and the model when it should (at
// once, or after a tap for big files and phones), and keeps poster and words where 3D is not there. What a model can
// show is stage.js; the maps beside it are viewer_maps.js, pictures viewer_pictures.js, other versions' maps viewer_outfits.js.
// They listen for `patina:shown` (a model is there) and `patina:mode`.
(() => {
  const KEPT = "patina-view";
  const stage = window.patinaStage;

  class PatinaViewer extends HTMLElement {
    connectedCallback() {
      if (this.ready) return;
      this.ready = true;
      this.find = (name) => this.querySelector(`[data-viewer-${name}]`);
      stage.afterPoster(this, () => this.begin());
    }

    begin() {
      if (!stage.hasWebGL()) {
        this.explain("3D is not available here: this browser has no WebGL. Poster, renders and facts are below.");
        return;
      }
      this.wish = this.takeKept();
      this.listen();
      if (this.dataset.ask === "yes" || stage.wantsTap()) this.find("ask").hidden = false;
      else this.load(this.dataset.src);
    }

    get data() {
      this.known ??= JSON.parse(this.querySelector("script[type='application/json']")?.textContent ?? "{}");
      return this.known;
    }

    // The model comes while the library is still on its way, and so does what unpacks a light one.
    fetchEarly(address) {
      const decoder = ["draco_wasm_wrapper.js", "draco_decoder.wasm"].map((name) => this.dataset.draco + name);
      for (const href of this.dataset.light === "yes" ? [address, ...decoder] : [address]) {
        const link = document.createElement("link");
        Object.assign(link, { rel: "preload", as: "fetch", crossOrigin: "anonymous", href });
        document.head.append(link);
      }
    }

    async load(address) {
      this.find("ask").hidden = true;
      this.find("problem").hidden = true;
      this.find("loading").hidden = false;
      const isOriginal = address === this.dataset.original;
      const amount = this.find("amount");
      amount.textContent = isOriginal ? amount.dataset.original : amount.dataset.light;
      this.find("bar").removeAttribute("value");
      if (!this.tries && !this.model) this.fetchEarly(address);
      try {
        await stage.loadLibrary(this.dataset);
      } catch {
        this.fail("The 3D viewer itself could not be loaded. Is the connection there?");
        return;
      }
      this.model ??= this.buildModel();
      const state = this.model.loaded ? stage.readState(this.model) : null;
      // The library remembers a failed address for good; another fragment makes it another one to it, the same to us.
      this.model.src = this.tries ? `${address}#${this.tries}` : address;
      if (state) this.model.patinaState = state;
      if (isOriginal) this.querySelector("[data-viewer-light]")?.remove();
    }

    buildModel() {
      const model = stage.createModel({ alt: this.dataset.alt, state: this.wish });
      stage.applyState(model, this.wish);
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
      this.find("load").addEventListener("click", () => this.load(this.dataset.src));
      this.find("original")?.addEventListener("click", (event) => {
        event.currentTarget.hidden = true;
        this.load(this.dataset.original);
      });
      this.addEventListener("click", (event) => {
        const button = event.target.closest("button[data-camera], button[data-mode]");
        if (button?.dataset.camera) this.turnTo(button.dataset.camera);
        else if (button) this.setMode(button.dataset.mode === this.dataset.mode ? "lit" : button.dataset.mode);
      });
      this.find("reset").addEventListener("click", () => this.turnTo(null));
      this.find("turntable").addEventListener("click", ({ currentTarget }) => {
        this.model.autoRotate = !this.model.autoRotate;
        currentTarget.setAttribute("aria-pressed", String(this.model.autoRotate));
      });
      this.listenToLight();
      this.find("full").addEventListener("click", () => this.toggleFull());
      this.addEventListener("fullscreenchange", () => this.markFull(document.fullscreenElement === this));
      document.addEventListener("keydown", (event) => event.key === "Escape" && this.markFull(false));
      addEventListener("pagehide", () => this.keep());
    }

    listenToLight() {
      const menu = this.find("light-menu");
      menu.addEventListener("change", ({ target }) => {
        if (target.matches("[data-light]")) stage.setLight(this.model, target.value);
        else if (target.matches("[data-viewer-tone]")) stage.setTone(this.model, target.value);
      });
      this.find("exposure").addEventListener("input", ({ target }) => stage.setExposure(this.model, target.value));
      this.find("light-reset").addEventListener("click", () => {
        stage.applyState(this.model, { light: "neutral", exposure: 1, tone: "neutral" });
        this.showLight();
      });
    }

    // The tools say what the model has.
    showLight() {
      const { light, exposure, tone } = stage.readState(this.model);
      const chosen = this.querySelector(`[data-light][value="${light}"]`);
      if (chosen) chosen.checked = true;
      this.find("exposure").value = exposure;
      this.find("tone").value = tone;
    }

    show() {
      if (!this.classList.contains("is-shown")) this.mark(this.wish.camera ? this.wish.angle : stage.HOME);
      this.showLight();
      this.find("loading").hidden = true;
      this.find("tools").disabled = false;
      this.classList.add("is-shown");
      this.dispatchEvent(new CustomEvent("patina:shown", { bubbles: true }));
      this.setMode(this.dataset.mode ?? this.wish.shown ?? "lit");
    }

    showProgress(share) {
      if (share > 0) this.find("bar").value = Math.round(share * 100);
    }

    // lit, clay, wire, or maps: then viewer_maps.js says which map lies on the model.
    setMode(wanted) {
      if (!this.model?.loaded) return;
      const mode = this.querySelector(`[data-mode="${wanted}"]`) ? wanted : "lit";
      this.dataset.mode = mode;
      for (const button of this.querySelectorAll("[data-mode]")) {
        button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
      }
      if (mode !== "maps") stage.setMode(this.model, mode);
      this.dispatchEvent(new CustomEvent("patina:mode", { bubbles: true }));
    }

    // A name of CAMERAS, or null for the view at the start.
    turnTo(name) {
      stage.turnTo(this.model, name);
      this.mark(name ?? stage.HOME);
    }

    mark(name) {
      this.angle = name;
      for (const button of this.querySelectorAll("[data-camera]")) {
        button.classList.toggle("is-on", button.dataset.camera === name);
      }
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

    // From one version of a lineage to the next camera, light and mode stay as they are.
    takeKept() {
      try {
        const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
        return kept?.lineage === this.dataset.lineage ? kept.state : {};
      } catch {
        return {};
      }
    }

    keep() {
      if (!this.model?.loaded) return;
      const { mode, ...state } = stage.readState(this.model);
      const camera = this.angle === stage.HOME ? null : state.camera;
      const { mode: shown, map } = this.dataset;
      const kept = { lineage: this.dataset.lineage, state: { ...state, camera, angle: this.angle, shown, map } };
      sessionStorage.setItem(KEPT, JSON.stringify(kept));
    }

    fail(text) {
      this.tries = (this.tries ?? 0) + 1;
      this.model?.remove();
      this.model = null;
      this.classList.remove("is-shown");
      this.find("tools").disabled = true;
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
})();
