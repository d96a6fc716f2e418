// Light or dark: the person's choice is kept in a cookie, so that the server writes it into the page; else the system's.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isChosen = () => /(?:^|; )theme=(light|dark)/.test(document.cookie);

  const show = (theme) => {
    root.dataset.bsTheme = theme;
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.hidden = false;
      button.setAttribute("aria-label", theme === "dark" ? "Use the light theme" : "Use the dark theme");
      button.title = button.getAttribute("aria-label");
    }
  };

  if (!isChosen()) show(system.matches ? "dark" : "light");
  system.addEventListener("change", () => isChosen() || show(system.matches ? "dark" : "light"));

  document.addEventListener("DOMContentLoaded", () => show(root.dataset.bsTheme));
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    const theme = root.dataset.bsTheme === "dark" ? "light" : "dark";
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `theme=${theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
    show(theme);
  });
})();
