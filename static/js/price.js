// The price on the Run button and the balance after it: asked of our server while the form changes. The form never waits
// for it, and where no answer comes the last known price stays.
(() => {
  const form = document.querySelector("[data-task-form]");
  const bar = form?.querySelector("[data-price-url]");
  if (!bar) return;
  const PAUSE_MS = 400;
  const NOT_ASKED = new Set(["form_key", "from"]);
  const box = bar.querySelector("[data-price-box]");
  let timer = 0;
  let asked = "";
  let current = null;

  // Words change no price, so they stay here.
  const isAsked = (name) => !NOT_ASKED.has(name) && !name.startsWith("_") && form.elements[name]?.tagName !== "TEXTAREA";
  const read = () => new URLSearchParams([...new FormData(form)].filter(([name]) => isAsked(name)));

  const write = (place, text) => {
    const element = bar.querySelector(place);
    if (element && element.textContent !== text) element.textContent = text;
  };

  const ask = async () => {
    const body = read();
    if (body.toString() === asked) return;
    asked = body.toString();
    current?.abort();
    current = new AbortController();
    try {
      const answer = await fetch(bar.dataset.priceUrl, { method: "POST", body, signal: current.signal });
      if (!answer.ok) return;
      const { text, note, after, isShort, both } = await answer.json();
      write("[data-price-text]", text);
      write("[data-pair-price]", both);
      write("[data-price-note]", note);
      write("[data-price-after]", after);
      box.classList.toggle("is-short", isShort);
    } catch {
      if (asked === body.toString()) asked = ""; // the next change asks again
    }
  };

  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  };

  form.addEventListener("input", later);
  form.addEventListener("change", later);
  addEventListener("pageshow", later);
})();
