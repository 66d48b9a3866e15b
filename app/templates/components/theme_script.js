(function () {
  var root = document.documentElement, dark = matchMedia("(prefers-color-scheme: dark)");
  root.classList.replace("no-js", "js");
  function choice() { try { return localStorage.getItem("bpm-theme") || "auto"; } catch (error) { return "auto"; } }
  function apply() {
    var chosen = choice();
    root.dataset.bsTheme = chosen === "auto" ? (dark.matches ? "dark" : "light") : chosen;
    root.dataset.themeChoice = chosen;
  }
  apply();
  dark.addEventListener("change", apply);
  window.bpmApplyTheme = apply;
})();
