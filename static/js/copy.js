// Copy buttons: data-copy names the element whose text is copied.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  const source = button && document.getElementById(button.dataset.copy);
  if (!source) return;
  const word = button.querySelector("[data-copy-word]");
  try {
    await navigator.clipboard.writeText(source.textContent);
    word.textContent = "Copied";
  } catch {
    // No clipboard without HTTPS or permission: select the text instead, so that Ctrl+C does it.
    getSelection().selectAllChildren(source);
    word.textContent = "Press Ctrl C";
  }
  setTimeout(() => (word.textContent = "Copy"), 2000);
});
