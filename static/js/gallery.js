// Rename in a dialog. Without this file it is a plain page.
(() => {
  const dialog = document.getElementById("dialog");

  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-rename]");
    if (!link || !dialog?.showModal || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    link.closest("details")?.removeAttribute("open");
    await htmx.ajax("GET", link.href, { target: dialog, swap: "innerHTML" });
    if (dialog.open || !dialog.firstElementChild) return;
    dialog.showModal();
    dialog.querySelector("input[name=name]")?.select();
  });
})();
