// The menus of the top bar and of tables: <details> that also close by themselves and follow the keys.
// Loaded after console.js.

function closeMenu(menu) {
  menu.open = false;
  menu.querySelector("summary").focus();
}

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// A menu that the focus has left would cover what is focused now.
document.addEventListener("focusout", ({ target, relatedTarget }) => {
  const menu = target.closest?.(".menu[open]");
  if (menu && relatedTarget && !menu.contains(relatedTarget)) menu.open = false;
});

// The controls of an open menu that arrow keys lead to.
function itemsOf(menu) {
  const items = menu.querySelectorAll(".menu-panel :is(a[href], button:not(:disabled), input, select)");
  return [...items].filter((item) => item.type !== "hidden" && item.checkVisibility());
}

const STEPS = { ArrowDown: 1, ArrowUp: -1 };

function nextItem(items, key, current) {
  if (key === "Home") return items[0];
  if (key === "End") return items.at(-1);
  const at = items.indexOf(current);
  if (at < 0) return key === "ArrowUp" ? items.at(-1) : items[0];
  return items[(at + STEPS[key] + items.length) % items.length];
}

// In fields, keys that move the cursor or change the value keep their meaning.
function isForField(field, key) {
  if (field.matches("select, input[type=radio], input[type=number], input[type=date]")) return true;
  return field.matches("input:not([type=checkbox])") && !(key in STEPS);
}

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  const menu = target.closest(".menu[open]");
  if (key === "Escape" && !document.querySelector("dialog[open]")) {
    const open = menu ?? document.querySelector(".menu[open]");
    if (open) closeMenu(open);
    return;
  }
  if (!menu || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (key === "Enter" && target.matches("[data-filter]")) {
    event.preventDefault();
    menu.querySelector(".menu-panel section:not([hidden]) li:not([hidden]) a")?.click();
    return;
  }
  if (!(key in STEPS || key === "Home" || key === "End") || isForField(target, key)) return;
  event.preventDefault();
  nextItem(itemsOf(menu), key, target)?.focus();
});

// A menu with a filter is typed into at once, except on touch screens, where a keyboard would cover it.
document.addEventListener("toggle", ({ target }) => {
  const filter = target.matches?.(".menu[open]") && target.querySelector("[data-filter]");
  if (filter && matchMedia("(hover: hover)").matches) filter.focus();
}, true);

// The filter hides what does not match, and a heading without matches.
document.addEventListener("input", ({ target }) => {
  const selector = target.dataset.filter;
  if (!selector) return;
  const wanted = target.value.trim().toLowerCase();
  let found = 0;
  for (const group of document.querySelectorAll(selector)) {
    const items = [...group.querySelectorAll("li")];
    for (const item of items) item.hidden = !item.textContent.toLowerCase().includes(wanted);
    const shown = items.filter((item) => !item.hidden).length;
    group.hidden = !shown;
    found += shown;
  }
  const nothing = target.closest(".menu")?.querySelector("[data-nothing]");
  if (nothing) nothing.hidden = found > 0;
});
