// Improve prompt: takes the improved words into the field, or leaves it; both can be taken back.
(() => {
  const before = new WeakMap(); // the field's own words, by field

  const show = (panel, part) => {
    for (const name of ["choice", "used", "kept"]) panel.querySelector(`[data-improved-${name}]`).hidden = name !== part;
    panel.querySelector(`[data-improved-${part}] button`).focus();
  };

  const write = (field, words) => {
    field.value = words;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };

  document.addEventListener("click", ({ target }) => {
    const panel = target.closest("[data-improved]");
    const field = panel && document.getElementById(panel.dataset.for);
    if (!field) return;
    const use = target.closest("[data-improved-use]");
    if (use) {
      before.set(field, field.value);
      write(field, document.getElementById(use.dataset.improvedUse).textContent);
      show(panel, "used");
    } else if (target.closest("[data-improved-undo]")) {
      write(field, before.get(field));
      show(panel, "choice");
    } else if (target.closest("[data-improved-keep]")) {
      show(panel, "kept");
    } else if (target.closest("[data-improved-show]")) {
      show(panel, "choice");
    }
  });
})();
