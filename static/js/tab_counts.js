// The tab's title says how many tasks run and need somebody. The number comes with the part that asks for itself
// (#tab-counts), also while nobody looks at the tab: that is when a title is read.
(() => {
  const part = () => document.getElementById("tab-counts");
  let prefix = part()?.dataset.title ?? "";
  let asked = 0;
  const WHILE_HIDDEN_MS = 30_000;

  const write = () => {
    const next = part()?.dataset.title ?? "";
    if (next === prefix) return;
    const plain = document.title.startsWith(prefix) ? document.title.slice(prefix.length) : document.title;
    document.title = next + plain;
    prefix = next;
  };
  document.addEventListener("htmx:after:swap", write);
  document.addEventListener("htmx:finally:request", write);

  // Hidden tabs are quiet (shell.js), but for this: seldom, and only while something runs.
  addEventListener(
    "htmx:before:request",
    (event) => {
      if (event.target?.id !== "tab-counts") return;
      const now = Date.now();
      if (document.hidden && now - asked < WHILE_HIDDEN_MS) {
        event.preventDefault();
        return;
      }
      asked = now;
    },
    true,
  );

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && part()) window.htmx?.ajax("GET", part().dataset.address, { target: part(), swap: "outerMorph" });
  });
})();
