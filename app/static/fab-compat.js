/* What FAB's pages need instead of Bootstrap 3 and FAB's own scripts: filters, actions with a confirmation, Select2, dates, tabs. */
(function ($) {
  "use strict";

  var language = document.documentElement.lang;
  var russian = {
    errorLoading: function () { return "Не удалось загрузить"; },
    loadingMore: function () { return "Загружаем ещё…"; },
    noResults: function () { return "Ничего не найдено"; },
    searching: function () { return "Ищем…"; },
    removeAllItems: function () { return "Очистить"; },
    removeItem: function () { return "Убрать"; }
  };

  function element(tag, attributes, children) {
    var made = document.createElement(tag);
    Object.keys(attributes || {}).forEach(function (name) { made.setAttribute(name, attributes[name]); });
    (children || []).forEach(function (child) { made.append(child); });
    return made;
  }

  /* Templates that are still FAB's own speak Bootstrap 3. */
  ["toggle", "target", "dismiss", "parent"].forEach(function (word) {
    document.querySelectorAll("[data-" + word + "]").forEach(function (old) {
      if (!old.hasAttribute("data-bs-" + word)) old.setAttribute("data-bs-" + word, old.getAttribute("data-" + word));
    });
  });

  /* Select2: searchable lists keep the name of their label. */

  function nameSelect(select) {
    var label = select.getAttribute("aria-label") || (select.labels && select.labels[0] && select.labels[0].textContent.trim());
    var box = select.nextElementSibling;
    if (!label || !box) return;
    box.querySelectorAll(".select2-selection, .select2-search__field").forEach(function (part) {
      if (part.hasAttribute("aria-owns")) part.setAttribute("aria-controls", part.getAttribute("aria-owns"));
      else part.removeAttribute("aria-controls");
      part.removeAttribute("aria-labelledby");
      part.setAttribute("aria-label", label);
    });
    /* Several chosen values: the field to type in is the control, the frame around it is not one. */
    var frame = box.querySelector(".select2-selection--multiple");
    if (frame) ["role", "aria-label", "aria-haspopup", "aria-expanded", "tabindex"].forEach(function (name) { frame.removeAttribute(name); });
  }

  function dressSelect(select) {
    if (!$.fn.select2) return;
    var optional = !select.required && !select.multiple && Array.from(select.options).some(function (option) { return option.value === "" || option.value === "__None"; });
    $(select).select2({
      allowClear: optional,
      placeholder: select.dataset.placeholder || "",
      language: language === "ru" ? russian : {},
      width: "100%",
      minimumResultsForSearch: 8
    });
    nameSelect(select);
    $(select).on("change select2:open select2:close", function () { nameSelect(select); });
  }

  $(document).on("select2:open", function () {
    document.querySelectorAll(".select2-container--open .select2-dropdown .select2-search__field").forEach(function (field) {
      field.setAttribute("aria-label", language === "ru" ? "Поиск по списку" : "Search the list");
      field.focus();
    });
  });

  function fillFrom(input, endpoint) {
    $.get(endpoint, function (data) { $(input).select2({ data: data, allowClear: true, placeholder: "", width: "100%" }); });
  }

  function loadAjaxSelects() {
    document.querySelectorAll(".my_select2_ajax:not([master_id])").forEach(function (input) { fillFrom(input, input.getAttribute("endpoint")); });
    document.querySelectorAll("[master_id]").forEach(function (input) {
      var master = document.getElementById(input.getAttribute("master_id"));
      if (!master) return;
      var load = function () { if (master.value) fillFrom(input, input.getAttribute("endpoint").replace("{{ID}}", master.value)); };
      load();
      $(master).on("change", load);
    });
  }

  /* Dates: the browser's own calendar; the server is sent what FAB expects. */

  function dressDate(input) {
    var value = input.value;
    input.type = "date";
    input.value = value.slice(0, 10);
  }

  function dressDateTime(input) {
    var sent = element("input", { type: "hidden", name: input.name, value: input.value });
    input.removeAttribute("name");
    input.type = "datetime-local";
    input.step = "1";
    input.value = sent.value.slice(0, 19).replace(" ", "T");
    input.after(sent);
    input.addEventListener("input", function () {
      var text = input.value.replace("T", " ");
      sent.value = text.length === 16 ? text + ":00" : text;
    });
  }

  function dress(root) {
    root.querySelectorAll(".appbuilder_date, .appbuilder_datetime").forEach(function (group) {
      var input = group.querySelector("input.form-control");
      if (!input) return;
      if (group.classList.contains("appbuilder_date")) dressDate(input); else dressDateTime(input);
      group.replaceWith.apply(group, Array.from(group.children).filter(function (child) { return child.tagName === "INPUT"; }));
    });
    root.querySelectorAll("select.my_select2").forEach(dressSelect);
  }

  /* Filters */

  function filterField(form, html, label) {
    var box = element("div", { class: "filter-value" });
    box.innerHTML = html;
    var field = box.querySelector("input, select, textarea");
    if (field.type === "checkbox") {
      var choice = element("select", { class: "form-select" }, [
        element("option", { value: "y" }, [form.dataset.textYes]), element("option", { value: "n" }, [form.dataset.textNo])
      ]);
      field.replaceWith(choice);
      field = choice;
    }
    field.removeAttribute("id");
    field.setAttribute("aria-label", label);
    return { box: box, field: field };
  }

  function addFilter(form, facts, column, operation, value) {
    var label = facts.labels[column];
    var condition = element("select", { class: "form-select filter-condition", "aria-label": form.dataset.textCondition + ": " + label });
    facts.operations[column].forEach(function (name, index) { condition.append(element("option", { value: index }, [name])); });
    condition.value = String(Math.max(0, facts.operations[column].indexOf(operation)));
    var made = filterField(form, facts.fields[column], label);
    function name() { made.field.name = "_flt_" + condition.value + "_" + column; }
    name();
    if (value !== undefined) made.field.value = value === true || value === "True" ? "y" : value;
    var remove = element("button", { type: "button", class: "btn-row", "aria-label": form.dataset.textRemove + ": " + label });
    remove.append(document.getElementById("filter-remove-icon").content.cloneNode(true));
    var row = element("div", { class: "filter-row" }, [element("span", { class: "filter-label" }, [label]), condition, made.box, remove]);
    form.querySelector(".filters").append(row);
    remove.addEventListener("click", function () { row.remove(); });
    /* The name moves to a hidden input when a date and time is dressed; read it again after a change of the condition. */
    dress(made.box);
    condition.addEventListener("change", function () {
      var named = made.box.querySelector("[name]");
      if (named) named.name = "_flt_" + condition.value + "_" + column;
    });
    return made.box.querySelector("input:not([type=hidden]), select, textarea");
  }

  function startFilters(form) {
    var facts = JSON.parse(form.dataset.filters);
    facts.active.forEach(function (active) {
      [].concat(active[2]).forEach(function (value) { addFilter(form, facts, active[0], active[1], value); });
    });
    form.addEventListener("click", function (event) {
      var chosen = event.target.closest("[data-add-filter]");
      if (!chosen) return;
      var field = addFilter(form, facts, chosen.dataset.addFilter);
      if (field) field.focus();
    });
  }

  /* Actions: one hidden form, a question first where the view asks for one. */

  var question = document.getElementById("modal-confirm");
  var notice = document.getElementById("modal-alert");
  var agreed = null;

  function say(text) {
    notice.querySelector(".modal-text").textContent = text;
    notice.showModal();
  }
  window.ab_alert = say;

  function send(button) {
    var form = document.getElementById("action_form");
    form.setAttribute("action", button.dataset.post);
    form.querySelectorAll("[data-added]").forEach(function (added) { added.remove(); });
    if (button.dataset.rowsAction) {
      form.append(element("input", { type: "hidden", name: "action", value: button.dataset.rowsAction, "data-added": "" }));
      chosenRows(button).forEach(function (row) {
        form.append(element("input", { type: "hidden", name: "rowid", value: row.value, "data-added": "" }));
      });
    }
    form.requestSubmit();
  }

  function chosenRows(button) {
    return (button.closest(".list-card") || document).querySelectorAll(".action_check:checked");
  }

  function act(button) {
    if (button.dataset.rowsAction && !chosenRows(button).length) { say(notice.dataset.nothingSelected); return; }
    if (!button.dataset.confirm) { send(button); return; }
    agreed = button;
    question.querySelector(".modal-text").textContent = button.dataset.confirm;
    question.showModal();
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-post]");
    if (button) act(button);
    var close = event.target.closest("[data-ask-close]");
    if (close) close.closest("dialog").close();
    if (event.target.closest("#modal-confirm-ok") && agreed) {
      question.close();
      send(agreed);
    }
  });

  document.addEventListener("change", function (event) {
    var all = event.target.closest(".action_check_all");
    if (all) all.closest("table").querySelectorAll(".action_check").forEach(function (box) { box.checked = all.checked; });
  });

  /* The open tab survives a reload and going back. */

  document.querySelectorAll("[data-keep-tab]").forEach(function (tabs) {
    var place = "bpm-tab " + location.pathname;
    try {
      var kept = tabs.querySelector('[data-bs-target="' + CSS.escape(sessionStorage.getItem(place) || "").replace("\\#", "#") + '"]');
      if (kept) kept.click();
      tabs.addEventListener("shown.bs.tab", function (event) { sessionStorage.setItem(place, event.target.dataset.bsTarget); });
    } catch (error) { /* storage is switched off: the first tab opens */ }
  });

  document.querySelectorAll(".my_change").forEach(function (field) {
    field.addEventListener("change", function () { location.search = new URLSearchParams(new FormData(field.form)).toString(); });
  });

  dress(document);
  loadAjaxSelects();
  document.querySelectorAll("form[data-filters]").forEach(startFilters);
})(window.jQuery);
