// The form of a new task: pickers, sliders and "Other" fields, and the operation's rules as data, so that what cannot be
// is greyed out with its reason before it is sent. The server checks all of it again.
(() => {
  const form = document.querySelector("[data-task-form]");
  if (!form) return;
  const { rules, automatic } = JSON.parse(form.dataset.rules);

  // Back brings the same form, not a fresh one: sending it again unchanged is the same request.
  const formKey = form.elements.form_key;
  if (history.state?.formKey) formKey.value = history.state.formKey;
  else history.replaceState({ ...history.state, formKey: formKey.value }, "");

  const getControl = (name) => form.querySelector(`[data-control][data-name="${name}"]`);
  const getInputs = (name) => [...form.elements].filter((element) => element.name === name);

  // --- Values as the vendor would see them: what was given, else what Patina fills in, else the vendor's default

  const getGiven = (name) => {
    const inputs = getInputs(name);
    const kind = getControl(name)?.dataset.control;
    if (kind === "switch") return inputs[0].checked;
    if (kind === "tiles") return inputs.filter((input) => input.checked).map((input) => input.value);
    if (inputs[0]?.type === "radio") return inputs.find((input) => input.checked)?.value ?? "";
    return inputs[0]?.value ?? "";
  };

  const fillIn = ({ fills, of, value }) => {
    const source = getGiven(of);
    if (fills === "format_of") return getInputs(of)[0]?.selectedOptions?.[0]?.dataset.format ?? "";
    if (fills === "count_of") return source.length ? String(source.length) : "";
    return source.length ? value : "";
  };

  const getValue = (name) => {
    const given = getGiven(name);
    if (given !== "") return given;
    const filler = automatic.find((item) => item.field === name);
    return (filler && fillIn(filler)) || (getControl(name)?.dataset.default ?? "");
  };

  // --- Rules

  const getOptions = (name) => [
    ...form.querySelectorAll(`[data-name="${name}"] input[type=radio], [data-name="${name}"] option`),
  ];

  const getLabel = (option) => (option.closest("label") ?? option).textContent.trim();

  const explain = (name, text) => {
    const control = getControl(name);
    const place = control?.querySelector("[data-reason]");
    if (text && control?.querySelector(".field-error")?.textContent.includes(text)) return;
    if (place && place.textContent !== text) place.textContent = text;
  };

  const grey = (name, refused, reason) => {
    for (const option of getOptions(name)) {
      const isRefused = refused.includes(option.value) && option.value !== "";
      option.disabled = isRefused;
      option.closest("label")?.classList.toggle("is-refused", isRefused);
      option.closest("label")?.setAttribute("title", isRefused ? reason : "");
      if (isRefused && option.checked) letGo(name, option);
    }
    const words = getOptions(name).filter((option) => option.disabled).map(getLabel);
    explain(name, words.length ? `${words.join(", ")} cannot be chosen: ${reason}` : "");
  };

  // A choice that has become impossible goes back to the empty one, or to nothing.
  const letGo = (name, option) => {
    option.checked = false;
    const empty = getOptions(name).find((other) => other.value === "" && !other.matches("[data-open-other]"));
    if (empty) empty.checked = true;
    const text = getControl(name).querySelector("[data-open-text]");
    if (text) text.value = "";
  };

  const check = {
    forbids: ({ when, field, refused, reason }) => {
      const holds = Object.entries(when).every(([name, value]) => getValue(name) === value);
      grey(field, holds ? refused : [], reason);
    },
    at_least_one: ({ fields, reason }) => explain(fields[0], fields.some((name) => getValue(name)) ? "" : reason),
    differs: ({ fields: [name, other], reason }) => {
      const value = getValue(name);
      grey(other, value ? [value] : [], reason);
    },
    counts_items: ({ field, of, reason }) => {
      const count = getGiven(of).length;
      const given = getGiven(field);
      explain(field, count && given !== "" && Number(given) !== count ? reason : "");
    },
  };

  const showFilledIn = () => {
    for (const item of automatic) {
      const control = getControl(item.field);
      const value = control && fillIn(item);
      const number = control?.querySelector("input[type=number]");
      if (number) number.placeholder = value ? `${value}, automatic` : "Automatic";
      const empty = control?.querySelector('input[type=radio][value=""] + span');
      const chosen = value && control.querySelector(`input[type=radio][value="${CSS.escape(value)}"] + span`);
      if (empty) empty.textContent = chosen ? `Automatic: ${chosen.textContent.trim()}` : "Automatic";
    }
  };

  const refresh = () => {
    for (const rule of rules) check[rule.rule]?.(rule);
    showFilledIn();
    for (const tiles of form.querySelectorAll("[data-tiles]")) countTiles(tiles);
  };

  // --- Lists: a count, and no more than the vendor takes

  const countTiles = (tiles) => {
    const boxes = [...tiles.querySelectorAll("input")];
    const chosen = boxes.filter((box) => box.checked).length;
    const isFull = chosen >= Number(tiles.dataset.max);
    for (const box of boxes) box.disabled = isFull && !box.checked;
    const count = tiles.closest("fieldset").querySelector("[data-tiles-count]");
    count.textContent = chosen ? `${chosen} chosen` : "none chosen: the vendor’s own";
  };

  // --- A number on a logarithmic scale

  const setUpScale = (scale) => {
    const number = scale.querySelector("[data-scale-number]");
    const slider = scale.querySelector("[data-scale-slider]");
    const clear = scale.querySelector("[data-scale-clear]");
    const [low, high] = [Number(scale.dataset.min), Number(scale.dataset.max)];
    const toShare = (value) => Math.log(value / low) / Math.log(high / low);
    const toValue = (share) => {
      const raw = low * (high / low) ** share;
      const step = 10 ** Math.max(0, Math.floor(Math.log10(raw)) - 1);
      return Math.min(high, Math.max(low, Math.round(raw / step) * step));
    };
    const show = () => {
      const value = Number(number.value);
      clear.hidden = number.value === "";
      slider.classList.toggle("is-unset", number.value === "");
      if (value > 0) slider.value = Math.round(Math.min(1, Math.max(0, toShare(value))) * 1000);
      slider.setAttribute("aria-valuetext", value ? `${value.toLocaleString("en")}` : "not set");
      for (const mark of scale.querySelectorAll("[data-scale-mark]")) {
        mark.classList.toggle("is-on", Number(mark.dataset.scaleMark) === value);
      }
    };
    for (const mark of scale.querySelectorAll("[data-scale-mark]")) {
      mark.style.insetInlineStart = `calc(10px + (100% - 20px) * ${toShare(Number(mark.dataset.scaleMark))})`;
      mark.addEventListener("click", () => {
        number.value = mark.dataset.scaleMark;
        show();
      });
    }
    slider.addEventListener("input", () => {
      number.value = toValue(Number(slider.value) / 1000);
      show();
    });
    number.addEventListener("input", show);
    clear.addEventListener("click", () => {
      number.value = "";
      slider.value = 0;
      show();
      number.focus();
    });
    show();
  };

  // --- Known values and "Other"

  const setUpOpen = (open) => {
    const text = open.querySelector("[data-open-text]");
    const other = open.querySelector("[data-open-other]");
    open.addEventListener("change", ({ target }) => {
      if (target === other) {
        text.value = "";
        text.classList.remove("plain-only");
        text.focus();
      } else if (target.matches("[data-open-known]")) {
        text.value = target.value;
        text.classList.add("plain-only");
      }
    });
  };

  // --- A file of the project

  const setUpPicker = (picker) => {
    const select = picker.querySelector("[data-picker-select]");
    const stage = document.querySelector("[data-source-stage]");
    const isFirst = picker === form.querySelector("[data-picker]");
    const show = () => {
      const tile = picker.querySelector(`[data-picker-value="${select.value}"]`);
      for (const each of picker.querySelectorAll("[data-picker-value]")) {
        each.setAttribute("aria-pressed", String(each === tile));
      }
      if (!tile) return;
      const poster = tile.querySelector("[data-picker-tile-poster]");
      picker.querySelector("[data-picker-poster]").replaceChildren(...poster.cloneNode(true).children);
      picker.querySelector("[data-picker-name]").textContent = tile.querySelector("strong").textContent;
      picker.querySelector("[data-picker-meta]").textContent = tile.querySelector(".meta").textContent;
      picker.querySelector("[data-picker-change]").textContent = "Change";
      for (const image of picker.querySelectorAll("[data-picker-poster] img")) image.loading = "eager";
      if (!isFirst || !stage) return;
      stage.replaceChildren(...poster.cloneNode(true).children);
      for (const image of stage.querySelectorAll("img")) image.loading = "eager";
    };
    picker.addEventListener("click", (event) => {
      const tile = event.target.closest("[data-picker-value]");
      if (!tile) return;
      select.value = tile.dataset.pickerValue;
      picker.querySelector("dialog").close();
      show();
      refresh();
    });
    show();
  };

  form.querySelectorAll("[data-scale]").forEach(setUpScale);
  form.querySelectorAll("[data-open]").forEach(setUpOpen);
  form.querySelectorAll("[data-picker]").forEach(setUpPicker);
  form.addEventListener("input", refresh);
  form.addEventListener("change", refresh);
  addEventListener("pageshow", refresh);
  refresh();
  form.querySelector("[data-error-summary]")?.focus();
  const tabs = document.querySelector(".operation-tabs");
  const tab = tabs.querySelector("[aria-current]");
  tabs.scrollLeft = tab.offsetLeft - (tabs.clientWidth - tab.offsetWidth) / 2;

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || form.querySelector("dialog[open]")) return;
    event.preventDefault();
    form.querySelector("[data-run]:enabled")?.click();
  });
})();
