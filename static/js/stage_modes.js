// What a <model-viewer> shows of a model: lit, as clay, with its wires, or one of its maps laid on it. Materials are
// exchanged for copies whose shader ends otherwise; the model's own ones come back unharmed.
//
// model-viewer 4.4.0 has no public way to do this: its private `scene` is reached here, and in this file alone.
(() => {
  const MODES = {
    lit: { label: "Lit" },
    clay: { label: "Clay" },
    wire: { label: "Wire" },
    base_color: { label: "Base color", map: true },
    metallic: { label: "Metallic", map: true },
    roughness: { label: "Roughness", map: true },
    normal: { label: "Normal", map: true },
    occlusion: { label: "Occlusion", map: true },
    emissive: { label: "Emissive", map: true },
  };

  // Data are shown as they are stored: the renderer turns linear light into screen values at the end, so undo it here.
  const AS_STORED = (value) => `pow(max(vec3(${value}), 0.0), vec3(2.2))`;
  const SHOWN = {
    base_color: "diffuseColor.rgb",
    metallic: AS_STORED("metalnessFactor"),
    roughness: AS_STORED("roughnessFactor"),
    normal: AS_STORED("normalize(normal) * 0.5 + 0.5"),
    emissive: "totalEmissiveRadiance",
    occlusion: AS_STORED("patinaOcclusion"),
  };
  const OCCLUSION = `
    float patinaOcclusion = 1.0;
    #ifdef USE_AOMAP
      patinaOcclusion = texture2D(aoMap, vAoMapUv).r;
    #endif`;
  const WIRE_COLOR = "vec3(0.13, 0.17, 0.9)";

  const findScene = (model) => {
    const key = Object.getOwnPropertySymbols(model).find((symbol) => symbol.description === "scene");
    return key ? model[key] : null;
  };

  const dressed = new WeakMap(); // mesh: its own material
  const added = new WeakMap(); // model: { copies, wires }

  const findMeshes = (scene) => {
    const meshes = [];
    for (const root of scene.models ?? []) {
      root?.traverse((item) => {
        if (item.isMesh && item.material && !item.userData.isPatinaWire) meshes.push(item);
      });
    }
    return meshes;
  };

  // `edits` maps a part of the shader to what follows it, or (with a leading ">") to what goes before it.
  const rewrite = (material, key, edits) => {
    material.customProgramCacheKey = () => `patina-${key}`;
    material.onBeforeCompile = (shader) => {
      for (const [name, text] of Object.entries(edits)) {
        const isBefore = name.startsWith(">");
        const line = `#include <${isBefore ? name.slice(1) : name}>`;
        shader.fragmentShader = shader.fragmentShader.replace(line, isBefore ? `${text}\n${line}` : `${line}\n${text}`);
      }
    };
    return material;
  };

  const PLAIN = ["transmission", "clearcoat", "sheen", "iridescence", "anisotropy", "dispersion"];

  const buildClay = (own) => {
    const copy = own.clone();
    for (const name of ["normalMap", "bumpMap", "aoMap"]) if (name in copy) copy[name] = null;
    for (const name of PLAIN) if (name in copy) copy[name] = 0;
    const isLit = !own.isMeshBasicMaterial;
    return rewrite(copy, "clay", {
      color_fragment: "diffuseColor.rgb = vec3(0.3);",
      ...(isLit && {
        roughnessmap_fragment: "roughnessFactor = 0.85;",
        metalnessmap_fragment: "metalnessFactor = 0.0;",
        emissivemap_fragment: "totalEmissiveRadiance = vec3(0.0);",
      }),
    });
  };

  const buildMap = (own, mode) => {
    const copy = own.clone();
    copy.toneMapped = false;
    for (const name of PLAIN) if (name in copy) copy[name] = 0;
    const isLit = !own.isMeshBasicMaterial;
    const value = isLit || mode === "base_color" ? SHOWN[mode] : "vec3(0.0)";
    const before = isLit && mode === "occlusion" ? OCCLUSION : "";
    return rewrite(copy, mode, { ">opaque_fragment": `${before}\noutgoingLight = ${value};` });
  };

  const buildShaded = (own) => {
    const copy = own.clone();
    Object.assign(copy, { polygonOffset: true, polygonOffsetFactor: 1, polygonOffsetUnits: 1 });
    return copy;
  };

  const buildWires = (mesh, own) => {
    const lines = new own.constructor();
    Object.assign(lines, { wireframe: true, transparent: true, opacity: 0.4, depthWrite: false, toneMapped: false });
    rewrite(lines, "wire", { ">opaque_fragment": `outgoingLight = ${WIRE_COLOR};` });
    const wires = mesh.clone(false);
    wires.material = lines;
    wires.position.set(0, 0, 0);
    wires.quaternion.set(0, 0, 0, 1);
    wires.scale.set(1, 1, 1);
    wires.castShadow = false;
    wires.raycast = () => {};
    wires.userData = { isPatinaWire: true };
    mesh.add(wires);
    return wires;
  };

  const undo = (model, meshes) => {
    const { copies = [], wires = [] } = added.get(model) ?? {};
    for (const item of wires) {
      item.removeFromParent();
      item.material.dispose();
    }
    for (const mesh of meshes) {
      if (dressed.has(mesh)) mesh.material = dressed.get(mesh);
      dressed.delete(mesh);
    }
    for (const material of copies) material.dispose();
    added.delete(model);
  };

  const build = (own, mode) => {
    if (mode === "clay") return buildClay(own);
    return mode === "wire" ? buildShaded(own) : buildMap(own, mode);
  };

  // Call it again after a model came or its textures were changed: copies are made from what is there now.
  const setMode = (model, mode) => {
    const known = MODES[mode] ? mode : "lit";
    model.dataset.mode = known;
    const scene = findScene(model);
    if (!scene || !model.loaded) return;
    const meshes = findMeshes(scene);
    undo(model, meshes);
    if (known !== "lit") {
      const byOwn = new Map();
      const wires = [];
      for (const mesh of meshes) {
        const own = mesh.material;
        dressed.set(mesh, own);
        if (!byOwn.has(own)) byOwn.set(own, build(own, known));
        mesh.material = byOwn.get(own);
        if (known === "wire") wires.push(buildWires(mesh, own));
      }
      added.set(model, { copies: [...byOwn.values()], wires });
    }
    scene.queueRender();
  };

  // How far the camera stands off when the model just fits, in metres.
  const getIdealDistance = (model) => findScene(model)?.idealCameraDistance?.() || 0;

  window.patinaStage = Object.assign(window.patinaStage ?? {}, { MODES, setMode, getIdealDistance });
})();
