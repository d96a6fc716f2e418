// <patina-compare>: two to four panes as wipe, side by side, flip or difference. The panes' order and the way stand in the
// page's address. Keys: M next way, C swap, Space flip (held: only for a look), arrows move the wipe, Esc back to the file.
(() => {
  const HOLD_MS = 350;
  const WIPE_STEP = 5;
  const narrow = matchMedia("(max-width: 860px)");
  const STACKED = new Set(["wipe", "flip", "difference"]);

  class PatinaCompare extends HTMLElement {
    connectedCallback() {
      if (this.ready) return;
      this.ready = true;
      this.find = (name) => this.querySelector(`[data-compare-${name}]`);
      this.order = [...this.querySelectorAll("[data-pane]")];
      this.asked = this.dataset.mode;
      this.shown = 0; // in a flip
      this.is3d = false;
      this.classList.add("is-live");
      this.find("full").hidden = !this.requestFullscreen;
      this.listen();
      this.prepare3d();
      this.show();
    }

    // A narrow window has room for one picture, so what needs two beside each other becomes a wipe there.
    get mode() {
      const link = this.querySelector(`[data-way="${this.asked}"]`);
      return narrow.matches && link?.hasAttribute("data-wide") ? "wipe" : this.asked;
    }

    get ways() {
      return [...this.querySelectorAll("[data-way]")].filter((link) => !narrow.matches || !link.hasAttribute("data-wide"));
    }

    listen() {
      this.addEventListener("click", (event) => this.onClick(event));
      this.find("wipe").addEventListener("input", () => this.moveWipe());
      this.find("gain").querySelector("select").addEventListener("change", () => this.drawDifference());
      this.addEventListener("fullscreenchange", () => {
        this.find("full").setAttribute("aria-pressed", String(document.fullscreenElement === this));
      });
      narrow.addEventListener("change", () => this.show());
      document.addEventListener("keydown", (event) => this.onKeyDown(event));
      document.addEventListener("keyup", (event) => this.onKeyUp(event));
    }

    onClick(event) {
      const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.button;
      const way = event.target.closest("[data-way]");
      if (way && plain) {
        event.preventDefault();
        this.choose(way.dataset.way);
      } else if (event.target.closest("[data-compare-swap]") && plain) {
        event.preventDefault();
        this.swap();
      } else if (event.target.closest("[data-compare-flip]")) this.flip();
      else if (event.target.closest("[data-show]")) this.bring(event.target.closest("[data-show]").dataset.show);
      else if (event.target.closest("[data-compare-load]")) this.load3d();
      else if (event.target.closest("[data-compare-3d]")) this.set3d(!this.is3d);
      else if (event.target.closest("[data-compare-full]")) this.toggleFull();
    }

    choose(mode) {
      this.asked = mode;
      this.show();
      const link = this.querySelector(`[data-way="${this.mode}"]`);
      this.say(`${link.textContent.trim()}.`);
    }

    swap() {
      [this.order[0], this.order[1]] = [this.order[1], this.order[0]];
      this.show();
      this.say(`${this.order[0].dataset.label} first, then ${this.order[1].dataset.label}.`);
    }

    flip() {
      if (this.mode !== "flip") {
        this.asked = "flip";
        this.shown = 0;
      }
      this.shown = (this.shown + 1) % this.order.length;
      this.show();
    }

    // The named pane is shown: alone in a flip, else beside the first one (a press on the first one swaps).
    bring(pk) {
      const place = this.order.findIndex((pane) => pane.dataset.pane === pk);
      if (this.mode === "flip") this.shown = place;
      else if (place === 0) return this.swap();
      else [this.order[1], this.order[place]] = [this.order[place], this.order[1]];
      this.show();
    }

    getPlace(pane, index) {
      if (!STACKED.has(this.mode)) return "beside";
      if (this.mode === "flip") return index === this.shown ? "first" : "";
      return ["first", "second"][index] ?? "";
    }

    show() {
      const { mode } = this;
      this.dataset.mode = mode;
      this.order.forEach((pane, index) => {
        pane.dataset.place = this.getPlace(pane, index);
        pane.toggleAttribute("inert", STACKED.has(mode) && !pane.dataset.place);
        const button = this.querySelector(`[data-show="${pane.dataset.pane}"]`);
        button.setAttribute("aria-pressed", String(Boolean(pane.dataset.place)));
      });
      this.find("wipe").hidden = mode !== "wipe";
      this.find("canvas").hidden = mode !== "difference";
      this.find("gain").hidden = mode !== "difference";
      this.find("tabs").hidden = mode === "side" || (mode !== "flip" && this.order.length === 2);
      this.find("flip").hidden = mode !== "flip";
      this.markWays();
      this.moveWipe();
      this.write();
      if (mode === "difference") this.drawDifference();
      else if (mode === "flip") this.say(`Shown: ${this.order[this.shown].dataset.label}.`);
      else this.say("");
    }

    markWays() {
      const links = this.ways;
      const at = links.findIndex((link) => link.dataset.way === this.mode);
      for (const link of this.querySelectorAll("[data-way]")) {
        link.removeAttribute("data-key");
        if (link.dataset.way === this.mode) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
      const next = links[(at + 1) % links.length];
      next.dataset.key = "m";
      next.dataset.keyLabel = "Next way to compare";
    }

    // The address says what is shown, so that a copy of it shows the same.
    write() {
      const address = new URL(location.href);
      const pks = this.order.map((pane) => pane.dataset.pane).join(",");
      const build = (pairs) => `?${pairs.map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll("%2C", ",")}`).join("&")}`;
      const others = [...address.searchParams].filter(([name]) => !["a", "mode"].includes(name));
      history.replaceState(history.state, "", build([["a", pks], ["mode", this.asked], ...others]));
      const swapped = [this.order[1], this.order[0], ...this.order.slice(2)].map((pane) => pane.dataset.pane).join(",");
      this.find("swap").href = build([["a", swapped], ["mode", this.asked]]);
      for (const link of this.querySelectorAll("[data-way]")) link.href = build([["a", pks], ["mode", link.dataset.way]]);
      for (const link of document.querySelectorAll("a[data-compare-query]")) {
        const target = new URL(link.href);
        target.searchParams.set("a", pks);
        target.searchParams.set("mode", this.asked);
        link.href = target.href;
      }
      for (const field of document.querySelectorAll("[data-compare-mode]")) field.value = this.asked;
    }

    moveWipe() {
      const wipe = this.find("wipe");
      const [first, second] = this.order;
      this.style.setProperty("--wipe", `${wipe.value}%`);
      wipe.setAttribute("aria-valuetext", `${wipe.value}% ${first.dataset.label}, the rest ${second.dataset.label}`);
    }

    async drawDifference() {
      const [first, second] = this.order.map((pane) => pane.querySelector("[data-pane-picture]"));
      const gain = Number(this.find("gain").querySelector("select").value);
      const token = (this.token = {});
      this.say("Looking for what differs…");
      let text;
      try {
        const share = await window.patinaDifference.draw(this.find("canvas"), first, second, gain);
        text = share ? `${share < 0.001 ? "Under 0.1" : (share * 100).toFixed(1)}% of the pixels differ visibly.` : "No pixel differs visibly.";
      } catch {
        text = "The difference could not be drawn: a picture is missing.";
      }
      if (this.token === token && this.mode === "difference") this.say(text);
    }

    prepare3d() {
      const ask = this.find("ask");
      if (!ask) return;
      if (!window.patinaStage.hasWebGL()) this.trouble = "3D is not available here: this browser has no WebGL. These are the posters.";
      else if (this.dataset.heavy === "yes" || window.patinaStage.wantsTap()) ask.hidden = false;
      else this.load3d();
    }

    load3d() {
      this.find("ask").hidden = true;
      this.find("live").hidden = false;
      this.scene = window.patinaScene.start(this, (pane, isThere) => this.onModel(pane, isThere));
      this.set3d(true);
    }

    onModel(pane, isThere) {
      if (isThere) return this.dispatchEvent(new CustomEvent("patina:shown", { bubbles: true }));
      this.trouble = `${pane.dataset.label} could not be shown in 3D; this is its poster. The file itself is safe.`;
      return this.say("");
    }

    set3d(is3d) {
      this.is3d = is3d;
      this.classList.toggle("is-3d", is3d);
      this.find("3d").setAttribute("aria-pressed", String(is3d));
    }

    async toggleFull() {
      if (document.fullscreenElement) await document.exitFullscreen();
      else await this.requestFullscreen().catch(() => {});
    }

    // What went wrong stays until something else is told.
    say(text) {
      this.find("status").textContent = text || this.trouble || "";
      const controls = ["tabs", "gain", "flip"].map((name) => this.find(name));
      this.find("foot").hidden = narrow.matches && !this.find("status").textContent && controls.every((item) => item.hidden);
    }

    // Keys act outside fields; the wipe is a field, and these keys mean nothing to it.
    isOurs(event) {
      const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && document.documentElement.dataset.singleKeys !== "off";
      if (event.target === this.find("wipe")) return isPlain;
      // Guests' pages have no sheet of keys.
      return window.patinaKeys ? window.patinaKeys.isIdle(event) : isPlain && !event.target.closest?.("input, textarea, select");
    }

    onKeyDown(event) {
      if (!this.isConnected || !this.isOurs(event)) return;
      const onWipe = event.target === this.find("wipe");
      const isPressed = event.target.closest?.("button, a, summary, select");
      if (event.key === " " && !isPressed) {
        event.preventDefault();
        if (!event.repeat) this.startFlip();
      } else if (onWipe && event.key === "c") this.swap();
      else if (onWipe && event.key === "m") this.querySelector('[data-key="m"]').click();
      else if (!onWipe && this.mode === "wipe" && ["ArrowLeft", "ArrowRight"].includes(event.key) && event.target.tagName !== "MODEL-VIEWER") {
        event.preventDefault();
        const wipe = this.find("wipe");
        wipe.value = Number(wipe.value) + (event.key === "ArrowLeft" ? -WIPE_STEP : WIPE_STEP);
        this.moveWipe();
      } else if (event.key === "Escape" && !document.fullscreenElement && !document.querySelector("details.menu[open]")) {
        this.querySelector(".compare-name a")?.click();
      }
    }

    startFlip() {
      this.before = this.mode === "flip" ? this.shown : null;
      this.pressedAt = performance.now();
      this.flip();
    }

    // Held down, Space is only for a look: what was shown before comes back.
    onKeyUp(event) {
      if (event.key !== " " || this.pressedAt === undefined) return;
      const wasHeld = performance.now() - this.pressedAt > HOLD_MS;
      this.pressedAt = undefined;
      if (!wasHeld || this.before === null) return;
      this.shown = this.before;
      this.show();
    }
  }

  customElements.define("patina-compare", PatinaCompare);
})();
