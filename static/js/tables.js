// Tables: the selection, buttons that need one, and rules that are validated in place.
// Loaded after questions.js, whose openDialog it uses.
{
  // What is remembered for as long as the tab lives; without storage, for as long as the page does.
  const memory = {
    read(key) {
      try { return sessionStorage.getItem(key); } catch { return null; }
    },
    write(key, value) {
      try { value ? sessionStorage.setItem(key, value) : sessionStorage.removeItem(key); } catch { /* blocked */ }
    },
  };

  // The names of the selected rules, those on other pages of the list included.
  const SELECTION = `selected:${location.pathname}`;
  const selected = new Set(JSON.parse(memory.read(SELECTION) ?? "[]"));

  const form = () => document.getElementById("selection");
  const scope = () => form()?.querySelector('[name="scope"]');
  // The name of the check boxes: `rule`, unless the form says another.
  const field = () => form()?.dataset.field ?? "rule";
  const boxes = (root = document) => [...root.querySelectorAll(`input[name="${field()}"][form="selection"]`)];

  function remember() {
    memory.write(SELECTION, selected.size ? JSON.stringify([...selected]) : "");
  }

  function choose(box, isChosen) {
    box.checked = isChosen;
    if (isChosen) selected.add(box.value);
    else selected.delete(box.value);
  }

  // How many rules there are: All Regions tell it when each has answered.
  const told = () => document.getElementById("list-total");
  const count = () => scope() ? Number(told()?.dataset.matches ?? scope().dataset.count) : selected.size;
  const grouped = (number) => Number(number).toLocaleString(document.documentElement.lang);

  // With a filter, rows may be selected that are not among those that match.
  function counted(counter, total) {
    if (!count()) return grouped(total);
    const text = counter.dataset.selected;
    return text ? text.replace("{number}", grouped(count())) : `${grouped(count())}/${grouped(total)}`;
  }

  // A button that needs a selection is unavailable without one; an item of the menu says why.
  function offer(button) {
    const { needs } = button.dataset;
    const isOffered = needs === "one" ? count() === 1 : count() > 0;
    const panel = button.closest(".menu-panel");
    if (!panel) {
      if (!button.hasAttribute("data-pressed")) button.disabled = !isOffered;
      return;
    }
    button.toggleAttribute("data-unavailable", !isOffered);
    button.querySelector(".menu-reason")?.remove();
    if (isOffered) return button.removeAttribute("aria-disabled");
    button.setAttribute("aria-disabled", "true");
    const reason = document.createElement("span");
    reason.className = "menu-reason";
    reason.textContent = needs === "one" ? panel.dataset.needsOne : panel.dataset.needsSome;
    button.append(reason);
  }

  function show() {
    if (!form()) return;
    for (const head of document.querySelectorAll("[data-select-page]")) {
      const own = boxes(head.closest("table"));
      const chosen = own.filter((box) => box.checked).length;
      head.parentElement.hidden = !own.length;
      head.checked = own.length > 0 && chosen === own.length;
      head.indeterminate = chosen > 0 && chosen < own.length;
    }
    const counter = document.getElementById("list-counter");
    const total = told()?.value ?? counter?.dataset.total;
    if (counter && total) counter.textContent = `(${counted(counter, total)})`;
    document.querySelectorAll("[data-needs]").forEach(offer);
  }

  // What the server says is selected counts too: the rows of a link without the script.
  function restore() {
    if (!form()) return;
    for (const box of boxes()) choose(box, scope() ? box.checked : box.checked || selected.has(box.value));
    for (const hidden of document.querySelectorAll(`input[type="hidden"][name="${field()}"]`)) {
      if (hidden.form !== form() || hidden.hasAttribute("data-elsewhere")) continue;
      selected.add(hidden.value);
      hidden.remove();
    }
    show();
  }

  document.addEventListener("change", ({ target }) => {
    const isHead = target.matches("[data-select-page]");
    if (!isHead && !(form() && target.name === field() && target.form === form())) return;
    // Whoever takes one rule out of all of them means the rows of this page.
    scope()?.remove();
    document.querySelector("p.selection-note:not(:has([data-select-all]))")?.remove();
    if (isHead) boxes(target.closest("table")).forEach((box) => choose(box, target.checked));
    else choose(target, target.checked);
    remember();
    show();
  });

  // The selected rules of other pages, and the address that the answer leads back to.
  function complete(sent) {
    const shown = new Set(boxes().map((box) => box.value));
    sent.querySelectorAll("[data-elsewhere]").forEach((hidden) => hidden.remove());
    for (const name of scope() ? [] : selected) {
      if (shown.has(name)) continue;
      const hidden = Object.assign(document.createElement("input"), { type: "hidden", name: field(), value: name });
      hidden.dataset.elsewhere = "";
      sent.append(hidden);
    }
    sent.elements.next.value = location.pathname + location.search;
  }

  const MOST_IN_PLACE = 10;

  async function validateRow(row) {
    const status = row.querySelector(".status");
    const before = status && [status.className, status.textContent];
    if (status) {
      status.className = "status status-validating";
      status.textContent = form().dataset.validating;
    }
    const values = { csrfmiddlewaretoken: form().elements.csrfmiddlewaretoken.value };
    if (row.closest(".with-region")) values.many_regions = "1";
    const address = row.querySelector("th a").href.replace(/details\/$/, "validate/");
    const sent = { source: row, target: row, swap: "outerHTML", values };
    await withHtmx().then(({ ajax }) => ajax("POST", address, sent).catch(() => {}), sayUnreachable);
    if (status?.isConnected) [status.className, status.textContent] = before;
  }

  // Only the button is busy: the page stays, and so do the other actions for the selected rules.
  async function validateInPlace(rows, button) {
    announce(form().dataset.validating);
    setPressed(button, true);
    await Promise.all(rows.map(validateRow));
    setPressed(button, false);
    restore();
  }

  async function askToDelete(sent, button) {
    const menu = button.closest("details");
    menu.open = false;
    const row = selected.size === 1 && !scope() && document.getElementById([...selected][0]);
    // One rule has a page of its own.
    if (row) await openDialog(row.querySelector("th a").href.replace(/details\/$/, "delete/"), menu.firstElementChild);
    else await openDialog(button.formAction, menu.firstElementChild, "", { method: "POST", body: new FormData(sent) });
    // What is done leads back to this page.
    dialog.querySelector("form [data-close]")?.setAttribute("href", location.pathname + location.search);
  }

  // Before console.js marks the form as sent.
  document.addEventListener("submit", (event) => {
    const { target: sent, submitter } = event;
    if (sent !== form()) return;
    const isBusy = sent.hasAttribute("data-sent") || submitter?.hasAttribute("data-pressed");
    if (isBusy || submitter?.hasAttribute("data-unavailable")) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    complete(sent);
    const rows = [...selected].map((name) => document.getElementById(name));
    const inPlace = submitter?.hasAttribute("data-validates") && !scope() && rows.length <= MOST_IN_PLACE && rows.every(Boolean);
    if (!inPlace && !submitter?.hasAttribute("data-deletes")) return;
    event.preventDefault();
    event.stopPropagation();
    if (inPlace) validateInPlace(rows, submitter);
    else askToDelete(sent, submitter);
  }, true);

  // What is deleted is not selected any more.
  dialog?.addEventListener("submit", ({ target }) => {
    if (target.dataset.question === "confirm") memory.write(SELECTION, "");
  }, true);

  // A list that the filter has changed, and a row that was validated, are as selected as before.
  for (const name of ["htmx:afterSettle", "list:replaced"]) {
    document.addEventListener(name, () => {
      restore();
      rememberList();
    });
  }

  // A link back to a list leads to it as it was left: with its filter, order and page.
  function rememberList() {
    if (!document.querySelector("form[data-list]")) return;
    const query = new URLSearchParams(location.search);
    query.delete("select");
    query.delete(field());
    memory.write(`list:${location.pathname}`, String(query));
  }

  function leadBack() {
    for (const link of document.querySelectorAll(".breadcrumbs a[href], [data-back][href]")) {
      if (link.pathname === location.pathname || link.search) continue;
      link.search = memory.read(`list:${link.pathname}`) ?? "";
    }
  }

  restore();
  rememberList();
  leadBack();
}
