// Files of the project by their posters: one of them, or several in an order. They tell a change as a change event.
(() => {
  const form = document.querySelector("[data-task-form]");
  if (!form) return;

  const tell = (element) => element.dispatchEvent(new Event("change", { bubbles: true }));

  const showPoster = (place, tile) => {
    place.replaceChildren(...tile.querySelector("[data-picker-tile-poster]").cloneNode(true).children);
    for (const image of place.querySelectorAll("img")) image.loading = "eager";
  };

  const getTile = (picker, value) => picker.querySelector(`[data-picker-value="${CSS.escape(value)}"]`);

  // --- One file; the form's main one is shown large beside the form

  const setUpPicker = (picker) => {
    const select = picker.querySelector("[data-picker-select]");
    const stage = document.querySelector("[data-source-stage]");
    const isMain = stage?.dataset.sourceStage === select.name;
    const show = () => {
      const tile = select.value && getTile(picker, select.value);
      for (const each of picker.querySelectorAll("[data-picker-value]")) {
        each.setAttribute("aria-pressed", String(each === tile));
      }
      if (!tile) return;
      showPoster(picker.querySelector("[data-picker-poster]"), tile);
      picker.querySelector("[data-picker-name]").textContent = tile.querySelector("strong").textContent;
      picker.querySelector("[data-picker-meta]").textContent = tile.querySelector(".meta").textContent;
      picker.querySelector("[data-picker-change]").textContent = "Change";
      if (isMain) showPoster(stage, tile);
    };
    picker.addEventListener("click", (event) => {
      const tile = event.target.closest("[data-picker-value]");
      if (!tile) return;
      select.value = tile.dataset.pickerValue;
      picker.querySelector("dialog").close();
      show();
      tell(select);
    });
    const dim = () => stage?.classList.toggle("is-out", select.closest("fieldset:disabled") !== null);
    if (isMain) form.addEventListener("change", dim);
    if (isMain) dim();
    show();
  };

  // --- Several files: picked one after the other, numbered, and moved by buttons. Hidden inputs carry the order.

  const FIRST = "1 Front";

  const setUpList = (list) => {
    const plain = list.querySelector("[data-list-plain]");
    const shown = list.querySelector("[data-list-picked]");
    const add = list.querySelector("[data-list-add]");
    const limit = Number(list.dataset.max);
    let picked = [...plain.querySelectorAll("input:checked")].map((box) => box.value);
    plain.disabled = true;

    const buildItem = (value, place) => {
      const tile = getTile(list, value);
      const name = tile.querySelector("strong").textContent;
      const item = list.querySelector("[data-list-item]").content.cloneNode(true).firstElementChild;
      item.dataset.value = value;
      item.querySelector("input").value = value;
      item.querySelector("[data-list-name]").textContent = name;
      item.querySelector("[data-list-name]").title = name;
      item.querySelector("[data-list-place]").textContent = place ? place + 1 : FIRST;
      showPoster(item.querySelector("[data-list-poster]"), tile);
      const buttons = { earlier: `Move ${name} forward`, later: `Move ${name} back`, remove: `Remove ${name}` };
      for (const [what, label] of Object.entries(buttons)) {
        item.querySelector(`[data-list-${what}]`).setAttribute("aria-label", label);
      }
      item.querySelector("[data-list-earlier]").disabled = place === 0;
      item.querySelector("[data-list-later]").disabled = place === picked.length - 1;
      return item;
    };

    const show = () => {
      shown.replaceChildren(...picked.map(buildItem));
      for (const tile of list.querySelectorAll("[data-picker-value]")) {
        const place = picked.indexOf(tile.dataset.pickerValue);
        tile.setAttribute("aria-pressed", String(place >= 0));
        if (place >= 0) tile.dataset.place = place + 1;
        else delete tile.dataset.place;
        tile.classList.toggle("is-over", picked.length >= limit && place < 0);
      }
      list.querySelector("[data-list-count]").textContent =
        picked.length >= limit ? `${picked.length} of ${limit}: take one away to choose another` : `${picked.length} of ${limit}`;
      add.querySelector("[data-list-add-word]").textContent = picked.length ? "Add" : "Choose pictures";
      add.hidden = picked.length >= limit;
    };

    const change = (values) => {
      picked = values;
      show();
      tell(list);
    };

    const move = (value, step) => {
      const values = picked.filter((each) => each !== value);
      values.splice(picked.indexOf(value) + step, 0, value);
      change(values);
    };

    list.addEventListener("click", ({ target }) => {
      const tile = target.closest("[data-picker-value]");
      const value = tile?.dataset.pickerValue ?? target.closest("[data-value]")?.dataset.value;
      if (!value) return;
      const steps = { "[data-list-earlier]": -1, "[data-list-later]": 1 };
      const way = Object.keys(steps).find((selector) => target.closest(selector));
      if (way) {
        move(value, steps[way]);
        const item = shown.querySelector(`[data-value="${CSS.escape(value)}"]`);
        (item.querySelector(`${way}:enabled`) ?? item.querySelector("button:enabled")).focus();
      } else if (picked.includes(value) && (tile || target.closest("[data-list-remove]"))) {
        change(picked.filter((each) => each !== value));
        if (!tile) (shown.querySelector("[data-list-remove]") ?? add).focus();
      } else if (tile && picked.length < limit) {
        change([...picked, value]);
      }
    });
    show();
  };

  form.querySelectorAll("[data-picker]").forEach(setUpPicker);
  form.querySelectorAll("[data-list]").forEach(setUpList);
})();
