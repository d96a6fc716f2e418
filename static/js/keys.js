// Keys of a page: an element with data-key="c" is pressed by c ("g t": one after the other), a field is focused.
// Single keys act only outside fields and menus, and only while the person has not switched them off (Preferences).
// The sheet under ? is built from what the page has, so it never names a key that does nothing there.
(() => {
  const SEQUENCE_MS = 1500;
  const FIELDS = "input, textarea, select, [contenteditable], [role=slider], [role=textbox]";
  const BUSY = "dialog[open], .pswp--open";
  const allowed = document.documentElement.dataset.singleKeys !== "off";
  let before = "";
  let since = 0;

  const isIdle = (event) =>
    allowed &&
    !event.defaultPrevented &&
    !event.ctrlKey &&
    !event.metaKey &&
    !event.altKey &&
    !event.target.closest?.(FIELDS) &&
    !document.querySelector(BUSY);

  // Others that listen for keys ask the same question.
  self.patinaKeys = { isIdle };

  const isThere = (element) => element.checkVisibility?.({ visibilityProperty: true }) ?? true;

  const find = (keys) =>
    [...document.querySelectorAll(`[data-key="${CSS.escape(keys)}"]`)].find(
      (element) => isThere(element) && !element.disabled && element.getAttribute("aria-disabled") !== "true",
    );

  const press = (element) => {
    if (!element.matches("input, textarea")) return element.click();
    element.focus();
    element.select();
  };

  const buildRow = (keys, label) => {
    const row = document.createElement("div");
    const name = document.createElement("dt");
    for (const key of keys.split(" ")) {
      const mark = document.createElement("kbd");
      mark.textContent = key;
      name.append(mark, " ");
    }
    const words = document.createElement("dd");
    words.textContent = label;
    row.append(name, words);
    return row;
  };

  const showSheet = () => {
    const dialog = document.getElementById("keys-dialog");
    if (!dialog || dialog.open) return;
    const seen = new Map();
    for (const element of document.querySelectorAll("[data-key], [data-key-only]")) {
      const keys = element.dataset.key ?? element.dataset.keyOnly;
      const label = element.dataset.keyLabel ?? element.getAttribute("aria-label") ?? element.textContent.trim();
      const shown = element.dataset.keyOnly ? element.closest("dialog") || isThere(element) : isThere(element);
      if (!seen.has(keys) && shown && label) seen.set(keys, label);
    }
    const rows = [...seen].map(([keys, label]) => buildRow(keys, label));
    dialog.querySelector("[data-keys-rows]").replaceChildren(...rows);
    dialog.showModal();
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-show-keys]")) showSheet();
  });

  document.addEventListener("keydown", (event) => {
    if (!isIdle(event) || event.repeat || event.key.length !== 1) return;
    if (event.key === "?") {
      event.preventDefault();
      return showSheet();
    }
    const now = event.timeStamp;
    const both = before && now - since < SEQUENCE_MS ? `${before} ${event.key}` : "";
    const element = (both && find(both)) || find(event.key);
    before = element ? "" : event.key;
    since = now;
    if (!element) return;
    event.preventDefault();
    press(element);
  });
})();
