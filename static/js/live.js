// Parts of a page that ask for themselves (hx-trigger="every 2s"): what a person opened stays open, and a tab that
// nobody looks at is quiet until it is looked at again.
(() => {
  if (window.htmx) htmx.config.morphIgnore = [...(htmx.config.morphIgnore ?? []), "open"];

  const isPoll = (element) => element?.id !== "tab-counts" && (element?.getAttribute?.("hx-trigger") ?? "").startsWith("every");

  document.addEventListener("htmx:before:request", (event) => {
    if (document.hidden && isPoll(event.target)) event.preventDefault();
  });
})();
