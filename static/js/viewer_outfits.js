// Same mesh, other textures: <patina-viewer> wears the maps of another version without loading a model again.
(() => {
  const stage = window.patinaStage;

  const mark = (box, button) => {
    for (const other of box.querySelectorAll("[data-outfit]")) other.setAttribute("aria-pressed", String(other === button));
  };

  const wear = async (viewer, button) => {
    const box = viewer.querySelector("[data-viewer-outfits]");
    const said = box.querySelector("[data-outfit-said]");
    const outfit = viewer.data.outfits.find(({ pk }) => String(pk) === button.dataset.outfit);
    said.textContent = "Loading the maps";
    try {
      await stage.dress(viewer.model, outfit?.materials ?? null);
    } catch {
      said.textContent = "These maps could not be laid on. Open that version instead.";
      return;
    }
    viewer.worn = outfit?.materials;
    mark(box, button);
    said.textContent = outfit ? `Maps of v${outfit.version} on this mesh` : "";
    viewer.dispatchEvent(new CustomEvent("patina:dressed", { bubbles: true }));
  };

  document.addEventListener("patina:shown", ({ target: viewer }) => {
    const box = viewer.querySelector("[data-viewer-outfits]");
    const fitting = (viewer.data.outfits ?? []).filter(({ materials }) => stage.canDress(viewer.model, materials));
    if (!box) return;
    viewer.worn = null;
    for (const button of box.querySelectorAll("[data-outfit]")) {
      const isOwn = !button.dataset.outfit;
      button.disabled = !isOwn && !fitting.some(({ pk }) => String(pk) === button.dataset.outfit);
    }
    mark(box, box.querySelector("[data-outfit='']"));
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-outfit]");
    if (button) wear(button.closest("patina-viewer"), button);
  });
})();
