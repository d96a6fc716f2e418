// What was written into a form and not sent is kept in this browser, by person and form, and offered again; never put
// back unasked, so that it covers nothing else. It ends when the form is sent, or after two weeks.
(() => {
  const form = document.querySelector("[data-task-form]");
  const notice = form?.querySelector("[data-draft]");
  if (!notice) return;
  const person = form.dataset.draftOf;
  const KEPT_MS = 14 * 24 * 3_600_000;
  const PAUSE_MS = 300;
  const LEFT_OUT = new Set(["csrfmiddlewaretoken", "form_key", "from", "from_operation"]);
  const key = `patina-draft ${person} ${form.getAttribute("action")}`;

  const store = {
    get: () => {
      try {
        return JSON.parse(localStorage.getItem(key));
      } catch {
        return null;
      }
    },
    set: (draft) => {
      try {
        if (draft) localStorage.setItem(key, JSON.stringify(draft));
        else localStorage.removeItem(key);
      } catch {
        // A browser that keeps nothing: the form works all the same.
      }
    },
  };

  const read = () => [...new FormData(form)].filter(([name, value]) => !LEFT_OUT.has(name) && typeof value === "string");
  const findWords = (entries) =>
    entries.filter(([name]) => form.querySelector(`textarea[name="${CSS.escape(name)}"]`)).find(([, text]) => text.trim());

  const tell = (element) => element.dispatchEvent(new Event("change", { bubbles: true }));

  const putBack = (entries) => {
    const values = Map.groupBy(entries, ([name]) => name);
    const fields = [...form.elements].filter((element) => element.name && !LEFT_OUT.has(element.name));
    for (const element of fields) {
      const given = (values.get(element.name) ?? []).map(([, value]) => value);
      if (element.type === "radio" || element.type === "checkbox") element.checked = given.includes(element.value);
      else if (element.tagName === "SELECT") {
        if ([...element.options].some((option) => option.value === given[0])) element.value = given[0];
      } else if (element.type !== "hidden" && element.tagName !== "BUTTON" && given.length) element.value = given[0];
    }
    fields.filter((element) => element.type !== "radio" || element.checked).forEach(tell);
  };

  const start = JSON.stringify(read());
  let timer = 0;

  const keep = () => {
    const entries = read();
    if (JSON.stringify(entries) !== start) store.set({ at: Date.now(), entries });
  };

  const offer = (draft) => {
    const minutes = Math.max(1, Math.round((Date.now() - draft.at) / 60_000));
    const [amount, unit] = minutes < 90 ? [minutes, "minute"] : minutes < 2_160 ? [Math.round(minutes / 60), "hour"] : [Math.round(minutes / 1_440), "day"];
    notice.querySelector("[data-draft-when]").textContent = `${amount} ${unit}${amount === 1 ? "" : "s"} ago`;
    notice.querySelector("[data-draft-words]").textContent = findWords(draft.entries)?.[1] ?? "";
    notice.hidden = false;
    notice.querySelector("[data-draft-back]").addEventListener("click", () => {
      putBack(draft.entries);
      notice.hidden = true;
    });
    notice.querySelector("[data-draft-drop]").addEventListener("click", () => {
      store.set(null);
      notice.hidden = true;
    });
  };

  const draft = store.get();
  if (draft && Date.now() - draft.at > KEPT_MS) store.set(null);
  else if (draft && "draftOffer" in form.dataset && findWords(draft.entries) && JSON.stringify(draft.entries) !== start) offer(draft);

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(keep, PAUSE_MS);
  });
  addEventListener("pagehide", () => {
    if (timer) keep();
  });
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    timer = 0;
    if (!event.submitter?.formAction?.includes("both.texture")) store.set(null);
  });
})();
