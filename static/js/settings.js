// A person's own settings: the hidden side navigation, and the time zone.

// The choice to hide the side navigation is kept for the next pages. Without an answer it holds for this one.
document.getElementById("nav-hidden")?.addEventListener("change", ({ target }) => {
  const form = document.querySelector("form:has(#navigation-choices)");
  const body = new FormData(form);
  body.set("navigation", target.checked ? "hidden" : "shown");
  fetch(form.action, { method: "POST", body, redirect: "manual", keepalive: true }).catch(() => {});
  for (const choice of form.querySelectorAll("[name=navigation]")) {
    choice.setAttribute("aria-pressed", String(choice.value === body.get("navigation")));
  }
});

// The zone of the browser, for the form of the time zone; only if the list has it and it is not chosen.
function suggestZone(button) {
  const list = document.getElementById(button.dataset.suggestZone);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (list.value === zone || ![...list.options].some(({ value }) => value === zone)) return;
  button.querySelector("span").textContent = zone.replaceAll("_", " ");
  button.hidden = false;
  button.addEventListener("click", () => {
    list.value = zone;
    button.hidden = true;
    list.focus();
  });
}

for (const button of document.querySelectorAll("[data-suggest-zone]")) suggestZone(button);
