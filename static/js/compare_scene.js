// window.patinaScene.start(host): the 3D side of a comparison. A <model-viewer> for each pane that has a model, with linked
// cameras, and the menus that turn and light all of them alike. Pictures stay where they are until a model is there.
(() => {
  const buildGroup = (title, choices, press) => {
    const group = document.createElement("div");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", title);
    const head = document.createElement("p");
    head.className = "menu-title";
    head.textContent = title;
    group.append(head);
    for (const [key, { label }] of Object.entries(choices)) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "menu-item";
      button.textContent = label;
      button.dataset.choice = key;
      button.addEventListener("click", () => press(key, group));
      group.append(button);
    }
    return group;
  };

  const mark = (group, key) => {
    for (const button of group.querySelectorAll("[data-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.choice === key));
    }
  };

  // Each viewer has a landmark of one and the same name; several on a page need names of their own.
  const nameApart = (model, label) => {
    model.shadowRoot?.querySelector("[role=region]")?.setAttribute("aria-label", `Announcements of ${label}`);
  };

  const addModel = (host, pane, report) => {
    const { dataset } = host;
    const model = window.patinaStage.createModel({
      src: pane.dataset.model,
      alt: pane.dataset.alt,
      library: dataset.library,
      draco: dataset.draco,
      meshopt: dataset.meshopt,
    });
    pane.classList.add("is-loading");
    const settle = (isThere) => {
      pane.classList.remove("is-loading");
      pane.classList.toggle("is-shown", isThere);
      report(pane, isThere);
    };
    model.addEventListener("load", () => {
      nameApart(model, pane.dataset.label);
      settle(true);
    });
    model.addEventListener("error", () => settle(false));
    model.addEventListener("patina:no-library", () => settle(false));
    pane.querySelector(".compare-view").append(model);
    return model;
  };

  const addMenus = (host, models, group) => {
    const stage = window.patinaStage;
    const cameras = buildGroup("Camera", stage.CAMERAS, (name) => group.turnTo(name));
    host.querySelector("[data-compare-cameras]").replaceChildren(cameras);
    const modes = Object.fromEntries(Object.entries(stage.MODES).filter(([, mode]) => !mode.map || mode.label === "Base color"));
    const looks = buildGroup("Show", modes, (key, own) => {
      for (const model of models) stage.setMode(model, key);
      mark(own, key);
    });
    const lights = buildGroup("Light", stage.LIGHTS, (key, own) => {
      for (const model of models) stage.setLight(model, key);
      mark(own, key);
    });
    mark(looks, "lit");
    mark(lights, "neutral");
    host.querySelector("[data-compare-looks]").replaceChildren(looks, lights);
  };

  const addLocks = (byPane, group) => {
    for (const [pane, model] of byPane) {
      const lock = pane.querySelector("[data-pane-lock]");
      lock.hidden = false;
      lock.addEventListener("click", () => {
        const isLinked = !group.isLinked(model);
        group.setLinked(model, isLinked);
        lock.setAttribute("aria-pressed", String(isLinked));
        lock.title = isLinked ? "Camera goes with the others" : "Camera moves by itself";
      });
    }
  };

  // `report(pane, isThere)` is called for each pane when its model is there, or is known not to come.
  const start = (host, report) => {
    const panes = [...host.querySelectorAll("[data-pane]")].filter((pane) => pane.dataset.model);
    let group = null;
    const byPane = new Map(
      panes.map((pane) => [
        pane,
        addModel(host, pane, (own, isThere) => {
          // Who comes later takes the place that the others have by now.
          const model = byPane.get(own);
          if (isThere && group?.isLinked(model)) group.setLinked(model, true);
          report(own, isThere);
        }),
      ]),
    );
    const models = [...byPane.values()];
    group = window.patinaStage.linkCameras(models);
    addMenus(host, models, group);
    addLocks(byPane, group);
    return { models, group };
  };

  window.patinaScene = { start };
})();
