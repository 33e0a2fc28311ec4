// Small behaviours of every page. Everything works, if less smoothly, without them.
(() => {
  const pressTheme = () => {
    const choice = document.documentElement.dataset.themeChoice;
    for (const button of document.querySelectorAll("[data-theme]")) {
      button.setAttribute("aria-pressed", String(button.dataset.theme === choice));
    }
  };

  document.addEventListener("click", (event) => {
    const theme = event.target.closest("[data-theme]");
    if (theme) {
      window.setTheme(theme.dataset.theme);
      pressTheme();
    }
    const toggle = event.target.closest("[data-fold]");
    if (toggle) {
      const isOpen = document.getElementById(toggle.dataset.fold).classList.toggle("is-open");
      toggle.setAttribute("aria-expanded", String(isOpen));
    }
    const copy = event.target.closest("[data-copy]");
    if (copy && navigator.clipboard) {
      navigator.clipboard.writeText(copy.dataset.copy).then(() => {
        copy.textContent = copy.dataset.copied;
      });
    }
  });

  // A second click must not send a form twice; every service is idempotent all the same.
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post" || event.target.hasAttribute("hx-post")) return;
    for (const button of event.target.querySelectorAll("button[type=submit]")) {
      setTimeout(() => { button.disabled = true; });
    }
  });
  addEventListener("pageshow", () => {
    for (const button of document.querySelectorAll("button[type=submit]:disabled")) {
      button.disabled = false;
    }
  });

  document.addEventListener("change", (event) => {
    if (event.target.closest("[data-autosubmit]")) event.target.form.requestSubmit();
  });

  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input, textarea, select");
    const search = document.querySelector("[data-search]");
    if (event.key === "/" && search && !isTyping) {
      event.preventDefault();
      search.focus();
    }
  });

  document.addEventListener("DOMContentLoaded", pressTheme);
})();
