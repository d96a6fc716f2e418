// A form that was filled in from an earlier task: what differs from it is marked while it is changed.
(() => {
  const form = document.querySelector("[data-task-form]");
  const line = form?.querySelector("[data-differences]");
  if (!line) return;

  const isSame = (control, was) => {
    const now = new FormData(form)
      .getAll(control.dataset.name)
      .filter(Boolean)
      .map((text) => String(text).replaceAll("\r\n", "\n"));
    return now.length === was.length && now.every((text, place) => text === was[place]);
  };

  const mark = () => {
    let count = 0;
    for (const place of form.querySelectorAll("[data-was]")) {
      const control = place.closest("[data-control]");
      const isHidden = control.closest("fieldset:disabled") !== null;
      const differs = !isSame(control, JSON.parse(place.dataset.was));
      place.hidden = !differs || isHidden;
      control.classList.toggle("is-changed", differs && !isHidden);
      count += Number(differs);
    }
    const text = count === 0 ? "Nothing differs from it now." : `${count} ${count === 1 ? "value differs" : "values differ"}.`;
    if (line.textContent !== text) line.textContent = text;
  };

  form.addEventListener("input", mark);
  form.addEventListener("change", mark);
  addEventListener("pageshow", mark);
})();
