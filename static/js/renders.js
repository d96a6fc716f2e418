// Contact sheets show one of two styles, RGB or white, and this browser remembers which. It runs before the first paint, so
// that no tile goes away again; the choice stands on <html>, where nothing that htmx brings can undo it.
(() => {
  const KEPT = "patina-render-style";
  const STYLES = ["rgb", "white"];
  const root = document.documentElement;

  const read = () => {
    try {
      return localStorage.getItem(KEPT);
    } catch {
      return null; // a browser that keeps nothing
    }
  };

  const mark = () => {
    for (const button of document.querySelectorAll("[data-style-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.styleChoice === root.dataset.renderStyle));
    }
  };

  const choose = (style) => {
    root.dataset.renderStyle = style;
    mark();
    try {
      localStorage.setItem(KEPT, style);
    } catch {
      // It holds until the page is left.
    }
  };

  root.dataset.renderStyle = STYLES.includes(read()) ? read() : STYLES[0];
  document.addEventListener("DOMContentLoaded", mark);
  document.addEventListener("htmx:after:swap", mark);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-style-choice]");
    if (button) choose(button.dataset.styleChoice);
  });
})();
