// window.patinaStage: how every page of ours makes a <model-viewer> and what it does with one. Beside it stand
// stage_lights.js (LIGHTS, setLight) and stage_modes.js (MODES, setMode); templates/assets/_stage_scripts.html loads them.
//
//   const model = patinaStage.createModel({ src, alt, library, draco, meshopt, state })   // data-* of _stage_data.html
//   patinaStage.turnTo(model, "front"); setExposure(model, 1.2); setTone(model, "agx"); setLight(model, "studio")
//   const state = patinaStage.readState(model); patinaStage.applyState(other, state)      // fits models of any size
//   const group = patinaStage.linkCameras([a, b]); group.setLinked(b, false); group.turnTo("front"); group.end()
(() => {
  // The same places and words as the vendors' camera_angles: left and right are the subject's own, the front is +Z.
  const CAMERAS = {
    front: { label: "Front", orbit: "0deg 90deg auto" },
    right: { label: "Right", orbit: "-90deg 90deg auto" },
    back: { label: "Back", orbit: "180deg 90deg auto" },
    left: { label: "Left", orbit: "90deg 90deg auto" },
    top: { label: "Top", orbit: "0deg 0deg auto" },
    "three-quarter": { label: "Three-quarter", orbit: "35deg 72deg auto" },
  };
  const HOME = "three-quarter";
  const FIELD_OF_VIEW = "30deg";
  const TONES = { neutral: "Neutral", agx: "AgX", aces: "ACES" };
  const SETTINGS = {
    "camera-controls": "",
    "touch-action": "pan-y",
    "interaction-prompt": "none",
    "tone-mapping": "neutral",
    "shadow-intensity": "1",
    "shadow-softness": "0.9",
    exposure: "1",
    loading: "eager",
    "camera-orbit": CAMERAS[HOME].orbit,
    "min-camera-orbit": "auto 0deg auto",
    "max-camera-orbit": "auto 180deg auto",
    "field-of-view": FIELD_OF_VIEW,
    "auto-rotate-delay": "0",
  };
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

  // The poster first: to ask for WebGL and to fetch a model hold a page up, and hold up what was painted but is not yet
  // on the screen, too. Two frames after the picture is decoded it is there.
  const afterPoster = async (root, run) => {
    await root.querySelector("img")?.decode().catch(() => undefined); // a picture that does not come hinders nothing
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(run)));
  };

  // Nothing of a model is fetched on such a device before it is asked for.
  const wantsTap = () => phone.matches;

  // Where the decoders lie has to be known before the library runs. A failure is forgotten: the next call tries again.
  let loading;
  const loadLibrary = ({ library, draco, meshopt }) => {
    self.ModelViewerElement ??= {
      dracoDecoderLocation: new URL(draco, location).href,
      meshoptDecoderLocation: new URL(meshopt, location).href,
    };
    loading ??= import(library).catch((error) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };

  // The library starts to load by itself; `state` is applied as soon as the model is there.
  const createModel = ({ src, alt, library, draco, meshopt, state, ...attributes }) => {
    const model = document.createElement("model-viewer");
    const decay = calm.matches ? "1" : "90";
    const settings = { ...SETTINGS, "interpolation-decay": decay, alt: alt ?? "A 3D model", ...attributes };
    for (const [name, value] of Object.entries(settings)) model.setAttribute(name, value);
    const bar = document.createElement("div");
    bar.slot = "progress-bar"; // in place of the library's own
    model.append(bar);
    model.addEventListener("load", () => {
      const wanted = model.patinaState;
      model.patinaState = null;
      if (wanted) applyState(model, wanted);
      else window.patinaStage.setMode(model, model.dataset.mode ?? "lit");
    });
    model.patinaState = state ?? null;
    if (state?.light) window.patinaStage.setLight(model, state.light);
    if (src) model.setAttribute("src", src);
    if (library) loadLibrary({ library, draco, meshopt }).catch(() => model.dispatchEvent(new CustomEvent("patina:no-library")));
    return model;
  };

  const turnTo = (model, name) => {
    model.cameraTarget = "auto auto auto";
    model.fieldOfView = FIELD_OF_VIEW;
    model.cameraOrbit = (CAMERAS[name] ?? CAMERAS[HOME]).orbit;
    model.resetTurntableRotation(0);
    if (calm.matches) model.jumpCameraToGoal();
  };

  const setExposure = (model, value) => model.setAttribute("exposure", String(Number(value) || 1));
  const setTone = (model, key) => model.setAttribute("tone-mapping", TONES[key] ? key : "neutral");

  // Distances are told as parts of the model's own size, so that a place fits a model of another size.
  const readCamera = (model) => {
    const orbit = model.getCameraOrbit();
    const target = model.getCameraTarget();
    const center = model.getBoundingBoxCenter();
    const distance = window.patinaStage.getIdealDistance(model) || orbit.radius;
    return {
      theta: orbit.theta,
      phi: orbit.phi,
      radius: orbit.radius / distance,
      target: ["x", "y", "z"].map((axis) => (target[axis] - center[axis]) / distance),
      fov: model.getFieldOfView(),
    };
  };

  const applyCamera = (model, camera) => {
    const center = model.getBoundingBoxCenter();
    const distance = window.patinaStage.getIdealDistance(model) || 1;
    const target = ["x", "y", "z"].map((axis, i) => `${center[axis] + camera.target[i] * distance}m`);
    model.cameraTarget = target.join(" ");
    model.cameraOrbit = `${camera.theta}rad ${camera.phi}rad ${camera.radius * distance}m`;
    model.fieldOfView = `${camera.fov}deg`;
    model.jumpCameraToGoal();
  };

  const readState = (model) => ({
    camera: model.loaded ? readCamera(model) : (model.patinaState?.camera ?? null),
    light: model.dataset.light ?? "neutral",
    exposure: Number(model.getAttribute("exposure")),
    tone: model.getAttribute("tone-mapping"),
    mode: model.dataset.mode ?? "lit",
  });

  // Before the model is there the state waits for it. What it lacks stays as it is.
  const applyState = (model, state) => {
    const { setLight, setMode } = window.patinaStage;
    if (state.light) setLight(model, state.light);
    if (state.exposure) setExposure(model, state.exposure);
    if (state.tone) setTone(model, state.tone);
    if (state.mode) model.dataset.mode = state.mode;
    if (!model.loaded) {
      model.patinaState = { ...model.patinaState, ...state };
      return;
    }
    if (state.camera) applyCamera(model, state.camera);
    setMode(model, model.dataset.mode ?? "lit");
  };

  // Orbit, target and field of view go together; whoever is not linked neither leads nor follows.
  const linkCameras = (models) => {
    const linked = new Set(models);
    const follow = (leader) => {
      if (!linked.has(leader) || !leader.loaded) return;
      const camera = readCamera(leader);
      for (const other of linked) if (other !== leader && other.loaded) applyCamera(other, camera);
    };
    const onChange = (event) => {
      if (event.detail.source === "user-interaction") follow(event.currentTarget);
    };
    for (const model of models) model.addEventListener("camera-change", onChange);
    return {
      // Back in the group a model takes the others' place.
      setLinked(model, isLinked) {
        const leader = [...linked].find((other) => other !== model && other.loaded);
        if (!isLinked) linked.delete(model);
        else if (models.includes(model)) linked.add(model);
        if (isLinked && leader) follow(leader);
      },
      isLinked: (model) => linked.has(model),
      turnTo(name) {
        for (const model of linked) if (model.loaded) turnTo(model, name);
      },
      end() {
        for (const model of models) model.removeEventListener("camera-change", onChange);
        linked.clear();
      },
    };
  };

  window.patinaStage = Object.assign(window.patinaStage ?? {}, {
    CAMERAS,
    HOME,
    TONES,
    hasWebGL,
    afterPoster,
    wantsTap,
    loadLibrary,
    createModel,
    turnTo,
    setExposure,
    setTone,
    readState,
    applyState,
    linkCameras,
  });
})();
