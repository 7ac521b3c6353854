// Sets the theme before anything is painted. A file of its own, because the policy allows no inline script.
(function () {
  var chosen = null;
  try {
    chosen = localStorage.getItem("testmesh.theme");
  } catch {
    // Storage is forbidden in this browser: the system's theme it is.
  }
  var dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
