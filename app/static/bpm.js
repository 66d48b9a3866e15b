/* Own behaviour of every page: copying, appearance, the search key, one submit per form, htmx headers.
   Everything works without it, only less comfortably. */
(function () {
  "use strict";

  var body = document.body;

  function announce(text) {
    var status = document.getElementById("live-status");
    if (!status) return;
    status.textContent = "";
    setTimeout(function () { status.textContent = text; }, 50);
  }

  function remember(name, value) {
    try { localStorage.setItem(name, value); } catch (error) { /* storage is switched off: the choice lasts for this page */ }
  }

  function recall(name) {
    try { return localStorage.getItem(name); } catch (error) { return null; }
  }

  /* Copy */

  function selectionCopy(text) {
    var area = document.createElement("textarea");
    area.value = text;
    area.className = "visually-hidden";
    body.appendChild(area);
    area.select();
    var copied = document.execCommand("copy");
    area.remove();
    return copied ? Promise.resolve() : Promise.reject(new Error("not copied"));
  }

  function copyText(text) {
    if (!navigator.clipboard) return selectionCopy(text);
    return navigator.clipboard.writeText(text).catch(function () { return selectionCopy(text); });
  }

  function showCopied(button) {
    var label = button.querySelector("[data-copy-label]");
    announce(body.dataset.textCopied);
    if (!label || button.dataset.copying) return;
    var before = label.textContent;
    button.dataset.copying = "1";
    button.classList.add("copied");
    label.textContent = body.dataset.textCopied;
    setTimeout(function () {
      label.textContent = before;
      button.classList.remove("copied");
      delete button.dataset.copying;
    }, 2000);
  }

  function copyFrom(button) {
    var target = document.getElementById(button.dataset.copy);
    if (!target) return;
    var text = "value" in target ? target.value : target.textContent.trim();
    copyText(text).then(
      function () { showCopied(button); button.focus(); },
      function () { announce(body.dataset.textCopyFailed); }
    );
  }

  /* Appearance and the search key */

  function showThemeChoice() {
    var chosen = document.documentElement.dataset.themeChoice;
    document.querySelectorAll("button[data-theme-choice]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === chosen));
    });
  }

  function chooseTheme(choice) {
    remember("bpm-theme", choice);
    if (window.bpmApplyTheme) window.bpmApplyTheme();
    showThemeChoice();
  }

  function shortcutOn() { return recall("bpm-search-key") !== "off"; }

  function showShortcut() {
    document.querySelectorAll("[data-shortcut-switch]").forEach(function (button) {
      button.setAttribute("aria-checked", String(shortcutOn()));
    });
  }

  function searchField() {
    var fields = document.querySelectorAll("[data-search-field], input[type=search]");
    return Array.prototype.find.call(fields, function (field) { return field.offsetParent !== null; });
  }

  function isTyping(element) {
    return element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);
  }

  document.addEventListener("keydown", function (event) {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target) || !shortcutOn()) return;
    var field = searchField();
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.select();
  });

  document.addEventListener("click", function (event) {
    var copy = event.target.closest("[data-copy]");
    if (copy) copyFrom(copy);
    var theme = event.target.closest("button[data-theme-choice]");
    if (theme) chooseTheme(theme.dataset.themeChoice);
    if (event.target.closest("[data-shortcut-switch]")) {
      remember("bpm-search-key", shortcutOn() ? "off" : "on");
      showShortcut();
    }
    var print = event.target.closest("[data-print]");
    if (print) window.print();
  });

  /* One submit per form: after the browser has taken the form's data, its buttons wait for the answer. */

  function submitButtons(form) {
    return Array.prototype.filter.call(form.elements, function (element) {
      return element.type === "submit" && !element.disabled;
    });
  }

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.getAttribute("method") !== "post" || form.hasAttribute("data-allow-resubmit")) return;
    if (form.dataset.submitted) { event.preventDefault(); return; }
    setTimeout(function () {
      if (event.defaultPrevented) return;
      form.dataset.submitted = "1";
      submitButtons(form).forEach(function (button) {
        button.disabled = true;
        button.dataset.waiting = "1";
        button.setAttribute("aria-busy", "true");
      });
    }, 0);
  });

  function releaseForms() {
    document.querySelectorAll("form[data-submitted]").forEach(function (form) { delete form.dataset.submitted; });
    document.querySelectorAll("[data-waiting]").forEach(function (button) {
      button.disabled = false;
      button.removeAttribute("aria-busy");
      delete button.dataset.waiting;
    });
  }

  window.addEventListener("pageshow", function (event) { if (event.persisted) releaseForms(); });

  /* htmx: the CSRF token goes with each request, and an answer with an error is shown, not swallowed. */

  document.addEventListener("htmx:configRequest", function (event) {
    var token = document.querySelector("meta[name=csrf-token]");
    if (token) event.detail.headers["X-CSRFToken"] = token.content;
  });

  document.addEventListener("htmx:beforeSwap", function (event) {
    var type = event.detail.xhr.getResponseHeader("Content-Type") || "";
    if (event.detail.xhr.status >= 400 && type.indexOf("text/html") === 0) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });

  var summary = document.querySelector("[data-error-summary]");
  if (summary) summary.focus();
  showThemeChoice();
  showShortcut();
})();
