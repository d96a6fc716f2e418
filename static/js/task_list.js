// Choosing several tasks: how many are chosen, all of a group at once, a range with shift. Without this file the ticks
// and the buttons below them work as a plain form.
(() => {
  const list = () => document.querySelector("[data-task-list]");
  const getTicks = (part) => [...part.querySelectorAll("input[name=task]")];
  let last = null;

  const write = () => {
    const form = list();
    if (!form) return;
    const count = getTicks(form).filter((tick) => tick.checked).length;
    for (const place of form.querySelectorAll("[data-chosen-count]")) {
      if (place.textContent !== String(count)) place.textContent = count;
    }
    for (const box of form.querySelectorAll("[data-choose-all]")) {
      const ticks = getTicks(box.closest("table"));
      const chosen = ticks.filter((tick) => tick.checked).length;
      box.hidden = ticks.length === 0;
      box.checked = chosen > 0 && chosen === ticks.length;
      box.indeterminate = chosen > 0 && chosen < ticks.length;
    }
  };

  document.addEventListener("click", (event) => {
    const tick = event.target;
    if (!tick.matches?.("[data-task-list] input[name=task]")) return;
    const ticks = getTicks(list());
    if (event.shiftKey && last && ticks.includes(last)) {
      const [from, to] = [ticks.indexOf(last), ticks.indexOf(tick)].sort((a, b) => a - b);
      for (const between of ticks.slice(from, to + 1)) between.checked = tick.checked;
    }
    last = tick;
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-choose-all]")) {
      for (const tick of getTicks(event.target.closest("table"))) tick.checked = event.target.checked;
    }
    if (event.target.closest?.("[data-task-list]")) write();
  });
  document.addEventListener("reset", () => setTimeout(write));
  document.addEventListener("htmx:after:swap", write);
  addEventListener("pageshow", write);
  write();
})();
