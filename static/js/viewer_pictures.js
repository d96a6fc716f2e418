// Pictures of what <patina-viewer> shows: into the gallery (p), or onto the person's own disk.
(() => {
  const SHOWN_MS = 8_000;

  const say = (viewer, text, address) => {
    const said = viewer.querySelector("[data-viewer-said]");
    said.replaceChildren(text);
    if (address) {
      const link = document.createElement("a");
      link.href = address;
      link.textContent = "Open";
      said.append(" ", link);
    }
    said.hidden = false;
    clearTimeout(said.timer);
    said.timer = setTimeout(() => (said.hidden = true), SHOWN_MS);
  };

  // What was just turned or resized is drawn first.
  const take = async ({ model }) => {
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
    return model.toBlob({ mimeType: "image/png", idealAspect: false });
  };

  const save = async (viewer) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await take(viewer));
    link.download = `${viewer.dataset.fileName}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };

  // The picture has its place in the renders beside the viewer, which are asked for once more.
  const showInPanel = () => {
    if (!document.getElementById("asset-panel")) return;
    self.htmx?.ajax("GET", location.pathname, { target: "#asset-panel", select: "#asset-panel", swap: "outerMorph" });
  };

  const keep = async (viewer, form) => {
    const button = form.querySelector("button");
    if (button.disabled) return;
    button.disabled = true;
    say(viewer, "Keeping the picture");
    try {
      const body = new FormData(form);
      body.set("angle", viewer.angle ?? "");
      body.set("picture", await take(viewer), "view.png");
      const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
      const found = await answer.json();
      if (!answer.ok) throw new Error(found.problem);
      say(viewer, `${found.name} is in the gallery.`, found.url);
      showInPanel();
    } catch (error) {
      const known = error instanceof TypeError || error instanceof SyntaxError ? "" : error.message;
      say(viewer, known || "The picture was not kept: no answer came. Try it once more.");
    } finally {
      button.disabled = false;
    }
  };

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-viewer-picture-form]");
    if (!form) return;
    event.preventDefault();
    keep(form.closest("patina-viewer"), form);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-viewer-save]");
    if (button) save(button.closest("patina-viewer"));
  });
})();
