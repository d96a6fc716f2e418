// The language in which somebody reads requests is remembered, on this machine alone.
(() => {
  const NAME = "snippet-language";

  const choose = () => {
    const kept = localStorage.getItem(NAME);
    for (const input of document.querySelectorAll("[data-snippets] input")) {
      if (input.value === kept) input.checked = true;
    }
  };

  document.addEventListener("change", ({ target }) => {
    if (target.closest("[data-snippets]")) localStorage.setItem(NAME, target.value);
  });
  document.addEventListener("htmx:after:swap", choose);
  choose();
})();
