// Says when the page cannot ask how things are any more, and since when; it goes away by itself with the next answer.
(() => {
  const SHOWN_AFTER = 2; // answers that are missing in a row: one alone is a hiccup
  let missing = 0;
  let seenAt = Date.now();
  let note = null;
  let clock = 0;

  const write = () => {
    const seconds = Math.round((Date.now() - seenAt) / 1000);
    note.querySelector("[data-seen]").textContent = seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  };
  const show = () => {
    if (note) return;
    note = document.createElement("p");
    note.className = "connection-note";
    const words = document.createElement("span");
    words.setAttribute("role", "status");
    words.textContent = "Reconnecting…";
    const seen = document.createElement("span");
    seen.setAttribute("aria-hidden", "true");
    seen.append(" last seen ", Object.assign(document.createElement("span"), { className: "number" }), " ago");
    seen.querySelector("span").dataset.seen = "";
    note.append(words, seen);
    document.body.append(note);
    write();
    clock = setInterval(write, 1000);
  };
  const hide = () => {
    missing = 0;
    seenAt = Date.now();
    clearInterval(clock);
    note?.remove();
    note = null;
  };
  const lose = () => {
    missing += 1;
    if (missing >= SHOWN_AFTER) show();
  };

  document.addEventListener("htmx:error", lose);
  document.addEventListener("htmx:after:request", (event) => {
    const status = event.detail?.ctx?.response?.status;
    if (!status) return;
    if (status < 500) hide();
    else lose();
  });
})();
