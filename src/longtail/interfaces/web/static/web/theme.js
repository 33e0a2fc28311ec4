// Runs before the first paint, so that no page flashes in the wrong theme.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => {
    try { return localStorage.getItem("theme") || "auto"; } catch { return "auto"; }
  };
  const apply = () => {
    const choice = chosen();
    root.dataset.themeChoice = choice;
    root.setAttribute("data-bs-theme", choice === "auto" ? (dark.matches ? "dark" : "light") : choice);
    document.dispatchEvent(new CustomEvent("themechange"));
  };
  window.setTheme = (choice) => {
    try { localStorage.setItem("theme", choice); } catch { root.dataset.themeKept = "no"; }
    apply();
  };
  dark.addEventListener("change", apply);
  root.classList.remove("no-js");
  apply();
})();
