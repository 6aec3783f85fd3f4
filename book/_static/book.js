// Small repairs of the theme in the reader's browser.
(() => {
  // What scrolls sideways must be reachable by keyboard; what does not should be no stop on the way.
  const scrollers = "mjx-container[display=true], .bd-article table, .bd-article pre, .bd-article .output";

  function stopAtScrollers() {
    for (const element of document.querySelectorAll(scrollers)) {
      const scrolls = element.scrollWidth > element.clientWidth && getComputedStyle(element).overflowX !== "visible";
      if (scrolls) element.tabIndex = 0;
      else element.removeAttribute("tabindex");
    }
  }

  // The theme hides the contents beside margin notes, and fails on pages that have none.
  function ensureContents() {
    if (document.querySelector("div.bd-sidebar-secondary")) return;
    const empty = document.createElement("div");
    empty.className = "bd-sidebar-secondary";
    empty.hidden = true;
    document.querySelector(".bd-content")?.append(empty);
  }

  // Paper is white: the page goes to it in its light colours, whatever is on the screen.
  function printLight() {
    const { dataset } = document.documentElement;
    let theme;
    addEventListener("beforeprint", () => {
      theme = dataset.theme;
      dataset.theme = "light";
    });
    addEventListener("afterprint", () => {
      dataset.theme = theme;
    });
  }

  function start() {
    ensureContents();
    printLight();
    new ResizeObserver(stopAtScrollers).observe(document.body);
    window.MathJax?.startup?.promise?.then(stopAtScrollers);
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
