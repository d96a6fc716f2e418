// Single controls of the form of a new task: tabs of which one alone is sent, counted texts, lists to tick, a number on a
// logarithmic scale, known values and "Other". What they change they tell as an ordinary input or change event.
(() => {
  const form = document.querySelector("[data-task-form]");
  if (!form) return;

  const tell = (element) => element.dispatchEvent(new Event("change", { bubbles: true }));

  // --- Either this or that: what is not chosen is neither seen nor sent

  const setUpEither = (either) => {
    const show = () => {
      const chosen = either.querySelector("[data-either-choice]:checked")?.value;
      for (const panel of either.querySelectorAll("[data-either-panel]")) {
        const isChosen = panel.dataset.eitherPanel === chosen;
        panel.disabled = !isChosen;
        panel.classList.toggle("plain-only", !isChosen);
      }
    };
    either.addEventListener("change", ({ target }) => {
      if (!target.matches("[data-either-choice]")) return;
      either.querySelector("[data-either-error]")?.remove();
      show();
      tell(form);
    });
    addEventListener("pageshow", show);
    show();
  };

  // --- A text with a limit: as the server counts, without spaces at the ends and with one sign for a new line

  const NEAR = 0.9;

  const setUpCount = (counted) => {
    const text = counted.querySelector("[data-counted-text]");
    const number = counted.querySelector("[data-counted-number]");
    const limit = Number(counted.dataset.limit);
    const show = () => {
      const count = [...text.value.trim()].length;
      const over = count - limit;
      number.textContent = `${count} / ${limit}${over > 0 ? `: ${over} too many` : ""}`;
      counted.classList.toggle("is-near", over <= 0 && count >= limit * NEAR);
      counted.classList.toggle("is-over", over > 0);
    };
    text.addEventListener("input", show);
    text.addEventListener("change", show);
    addEventListener("pageshow", show);
    show();
  };

  // --- Lists: a count, and no more than the vendor takes

  const setUpTiles = (tiles) => {
    const boxes = [...tiles.querySelectorAll("input")];
    const count = tiles.closest("fieldset").querySelector("[data-tiles-count]");
    const show = () => {
      const chosen = boxes.filter((box) => box.checked).length;
      const isFull = chosen >= Number(tiles.dataset.max);
      for (const box of boxes) box.disabled = isFull && !box.checked;
      count.textContent = chosen ? `${chosen} chosen` : "none chosen: the vendor’s own";
    };
    tiles.addEventListener("change", show);
    addEventListener("pageshow", show);
    show();
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
        tell(number);
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
      tell(number);
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

  form.querySelectorAll("[data-either]").forEach(setUpEither);
  form.querySelectorAll("[data-counted]").forEach(setUpCount);
  form.querySelectorAll("[data-tiles]").forEach(setUpTiles);
  form.querySelectorAll("[data-scale]").forEach(setUpScale);
  form.querySelectorAll("[data-open]").forEach(setUpOpen);
})();
