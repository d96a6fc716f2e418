// Lays the maps of another version on a model that has the same UV layout: only pictures are fetched, no mesh.
(() => {
  const INFOS = {
    base_color: (material) => material.pbrMetallicRoughness.baseColorTexture,
    metallic_roughness: (material) => material.pbrMetallicRoughness.metallicRoughnessTexture,
    normal: (material) => material.normalTexture,
    occlusion: (material) => material.occlusionTexture,
    emissive: (material) => material.emissiveTexture,
  };
  const kept = new WeakMap(); // element: { of: its model, looks: as they came with it }
  const fetched = new WeakMap(); // model: address -> promise of a texture

  const readLook = (material) => ({
    textures: Object.fromEntries(Object.entries(INFOS).map(([channel, find]) => [channel, find(material)?.texture ?? null])),
    factors: {
      base_color: [...material.pbrMetallicRoughness.baseColorFactor],
      metallic: material.pbrMetallicRoughness.metallicFactor,
      roughness: material.pbrMetallicRoughness.roughnessFactor,
      emissive: [...material.emissiveFactor],
    },
  });

  const wear = (material, { textures, factors }) => {
    for (const [channel, find] of Object.entries(INFOS)) find(material)?.setTexture(textures[channel] ?? null);
    const surface = material.pbrMetallicRoughness;
    if (factors.base_color) surface.setBaseColorFactor(factors.base_color);
    if (factors.metallic !== undefined) surface.setMetallicFactor(factors.metallic);
    if (factors.roughness !== undefined) surface.setRoughnessFactor(factors.roughness);
    if (factors.emissive) material.setEmissiveFactor(factors.emissive);
  };

  const rememberOwn = (model) => {
    if (kept.get(model)?.of !== model.model) {
      kept.set(model, { of: model.model, looks: model.model.materials.map(readLook) });
    }
    return kept.get(model).looks;
  };

  const fetchTexture = (model, map) => {
    if (!fetched.has(model)) fetched.set(model, new Map());
    const known = fetched.get(model);
    if (!known.has(map.url)) {
      const coming = model.createTexture(map.url, `image/${map.format}`);
      coming.catch(() => known.delete(map.url));
      known.set(map.url, coming);
    }
    return known.get(map.url);
  };

  // By name where the names are the same, by place where there are as many; one material is everybody's.
  const pair = (materials, others) => {
    const byName = new Map(others.map((other) => [other.name, other]));
    const isNamed = byName.size === others.length && materials.every((material) => byName.has(material.name));
    if (isNamed) return materials.map((material) => byName.get(material.name));
    if (materials.length === others.length) return others;
    return others.length === 1 ? materials.map(() => others[0]) : null;
  };

  const canDress = (model, others) => Boolean(model.loaded && pair(model.model.materials, others));

  // `others` are the materials of another version (dashboard/viewer_data.py); null gives the model its own ones back.
  const dress = async (model, others) => {
    const own = rememberOwn(model);
    const worn = model.model;
    let looks = own;
    if (others) {
      const chosen = pair(model.model.materials, others);
      if (!chosen) throw new Error("The materials of the two versions do not match.");
      looks = await Promise.all(
        chosen.map(async ({ maps, factors }) => {
          const channels = Object.keys(maps).filter((channel) => INFOS[channel]);
          const textures = await Promise.all(channels.map((channel) => fetchTexture(model, maps[channel])));
          return { factors, textures: Object.fromEntries(channels.map((channel, i) => [channel, textures[i]])) };
        }),
      );
    }
    if (model.model !== worn) return; // another model came meanwhile
    model.model.materials.forEach((material, i) => wear(material, looks[i]));
    window.patinaStage.setMode(model, model.dataset.mode ?? "lit");
  };

  window.patinaStage = Object.assign(window.patinaStage ?? {}, { dress, canDress });
})();
