// The strip of a lineage: shift-click on a version compares it with the one that is shown; ticks choose up to four, and stay
// when the strip is renewed. Without this file the ticks and their button work as a plain form.
(() => {
  const MOST = 4;
  let ticked = null; // values of the boxes, once a person has touched one

  const find = () => document.querySelector("form[data-lineage]");
  const list = (form) => [...form.querySelectorAll("input[name=a]")];

  const show = () => {
    const form = find();
    if (!form) return;
    const boxes = list(form);
    if (ticked) for (const box of boxes) box.checked = ticked.has(box.value);
    const count = boxes.filter((box) => box.checked).length;
    for (const box of boxes) box.disabled = count >= MOST && !box.checked;
    const button = form.querySelector("[data-lineage-compare]");
    if (!button) return;
    button.hidden = count < 2;
    button.lastChild.textContent = `Compare ${count}`;
  };

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-lineage]");
    if (!form) return;
    ticked = new Set(list(form).filter((box) => box.checked).map((box) => box.value));
    show();
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-lineage-open]");
    if (!link || !event.shiftKey) return;
    const form = link.closest("form[data-lineage]");
    const { lineage } = form.dataset;
    if (link.dataset.lineageOpen === lineage) return;
    event.preventDefault();
    location.href = `${form.action}?a=${lineage},${link.dataset.lineageOpen}`;
  });

  // A long strip starts where the shown version stands.
  const reveal = () => {
    const strip = document.querySelector(".lineage-scroll");
    const step = strip?.querySelector("[data-current]");
    if (!step) return;
    const [outer, inner] = [strip.getBoundingClientRect(), step.getBoundingClientRect()];
    strip.scrollTo({
      left: inner.left - outer.left - (outer.width - inner.width) / 2,
      top: inner.top - outer.top - (outer.height - inner.height) / 2,
      behavior: "instant",
    });
  };

  document.addEventListener("htmx:after:swap", show);
  show();
  reveal();
})();
