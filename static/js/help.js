// The help panel: Info links show their topic beside the page. Without this file they lead to it.

const helpPanel = document.getElementById("help-panel");
const helpText = document.getElementById("help-panel-text");
const helpToggle = document.querySelector(".help-toggle");
const roomForHelp = matchMedia("(min-width: 1024px)");
let helpOpener = helpToggle;

// Without room beside the page, the panel covers it: nothing under it can have the focus.
function coverPage() {
  const covers = !helpPanel.hidden && !roomForHelp.matches;
  for (const part of document.querySelectorAll(".bars, .side-nav, .content")) part.inert = covers;
}

// The next page is sent with the panel open, or without it.
function keepHelp(open) {
  const form = document.querySelector("form:has(#navigation-choices)");
  if (!form) return;
  const body = new FormData(form);
  body.set("help", open ? "open" : "closed");
  fetch(form.action, { method: "POST", body, redirect: "manual", keepalive: true }).catch(() => {});
}

function setHelpOpen(open) {
  helpPanel.hidden = !open;
  helpPanel.classList.remove("help-panel-kept");
  helpToggle?.setAttribute("aria-expanded", String(open));
  keepHelp(open && roomForHelp.matches);
  coverPage();
}

async function openHelp(link) {
  const answer = await fetch(link.href, { headers: { "HX-Request": "true" } });
  const elsewhere = answer.headers.get("HX-Redirect");
  if (!answer.ok || elsewhere) return location.assign(elsewhere ?? link.href);
  const topic = new DOMParser().parseFromString(await answer.text(), "text/html");
  helpText.replaceChildren(...topic.body.childNodes);
  if (!helpPanel.contains(link)) helpOpener = link;
  setHelpOpen(true);
  helpPanel.scrollTop = 0;
  document.getElementById("help-title")?.focus({ preventScroll: true });
}

function closeHelp() {
  setHelpOpen(false);
  helpOpener?.focus();
}

// A link of the panel to another topic stays in the panel; the list of all topics is a page.
function showsHelp(link) {
  if (link.hasAttribute("data-help")) return true;
  return helpText.contains(link) && !link.target && link.origin === location.origin;
}

if (helpPanel) {
  if (!helpPanel.hidden && !roomForHelp.matches) helpPanel.hidden = true;
  helpToggle?.setAttribute("aria-expanded", String(!helpPanel.hidden));
  roomForHelp.addEventListener("change", coverPage);

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (event.target.closest(".help-panel-close")) return closeHelp();
    if (!link || !showsHelp(link) || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (link === helpToggle && !helpPanel.hidden) return closeHelp();
    openHelp(link).catch(() => location.assign(link.href));
  });

  helpPanel.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") closeHelp();
  });
}
