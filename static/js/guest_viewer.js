// The 3D view of a guest's page: loads at once, or after a tap on phones and for big models.
(() => {
  const AGAIN_MS = 5000;
  const build = (root) => {
    const stage = window.patinaStage;
    const find = (name) => root.querySelector(`[data-guest-${name}]`);
    if (!root.dataset.src) return;
    let model;
    let tries = 0;

    const explain = (text) => {
      find("problem").textContent = text;
      find("problem").hidden = false;
    };
    const fail = (text) => {
      tries += 1;
      model?.remove();
      root.classList.remove("is-shown");
      find("ask").hidden = false;
      explain(text);
    };
    const fill = (select, choices) => {
      for (const [key, { label }] of Object.entries(choices)) select.add(new Option(label, key));
    };
    const mark = (name) => {
      for (const button of root.querySelectorAll("[data-camera]")) button.classList.toggle("is-on", button.dataset.camera === name);
    };

    const show = () => {
      root.classList.add("is-shown");
      find("tools").classList.remove("is-waiting");
      mark(stage.HOME);
    };

    const load = () => {
      find("ask").hidden = true;
      find("problem").hidden = true;
      // The library remembers a failed address for good; another fragment makes it another one to it.
      const src = tries ? `${root.dataset.src}#${tries}` : root.dataset.src;
      const { alt, library, draco, meshopt } = root.dataset;
      model = stage.createModel({ src, alt, library, draco, meshopt });
      model.addEventListener("load", show);
      model.addEventListener("patina:no-library", () => fail("The 3D viewer could not be loaded. Is the connection there?"));
      model.addEventListener("error", (event) => {
        if (event.detail?.type === "webglcontextlost") explain("The browser stopped the 3D view. Reload the page to see it again.");
        else fail("The model could not be shown. The link may have ended; reload the page to see.");
      });
      model.addEventListener("camera-change", (event) => event.detail.source === "user-interaction" && mark(null));
      find("stage").prepend(model);
    };

    if (!stage?.hasWebGL()) {
      explain("3D is not available here: this browser has no WebGL.");
      return;
    }
    fill(find("mode"), stage.MODES);
    fill(find("light"), stage.LIGHTS);
    find("load").addEventListener("click", load);
    find("mode").addEventListener("change", ({ target }) => stage.setMode(model, target.value));
    find("light").addEventListener("change", ({ target }) => stage.setLight(model, target.value));
    find("full").addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen?.()));
    root.addEventListener("click", (event) => {
      const name = event.target.closest("[data-camera]")?.dataset.camera;
      if (!name) return;
      stage.turnTo(model, name);
      mark(name);
    });
    if (root.dataset.ask === "yes" || stage.wantsTap()) find("ask").hidden = false;
    else load();
  };

  // While something is being prepared the page asks again; nobody waits in a tab that is not seen.
  const again = () => (document.hidden ? setTimeout(again, AGAIN_MS) : location.reload());
  if (document.querySelector("[data-guest-again]")) setTimeout(again, AGAIN_MS);
  for (const root of document.querySelectorAll("[data-guest-viewer]")) window.patinaStage?.afterPoster(root, () => build(root));
})();
