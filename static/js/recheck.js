// An error that was corrected goes away: a step with errors is checked again when it is changed.

// Only a step keeps what is typed in it. The form of the review is sent to Create.
const stepForm = document.querySelector("#step[data-keeps]");

// The field's error, the mark at its control, and the link of both.
function takeError(error) {
  for (const control of stepForm.querySelectorAll(`[aria-describedby~="${error.id}"]`)) {
    const others = control.getAttribute("aria-describedby").split(" ").filter((id) => id !== error.id);
    if (others.length) control.setAttribute("aria-describedby", others.join(" "));
    else control.removeAttribute("aria-describedby");
  }
  const field = error.closest("[data-field]");
  for (const control of field?.querySelectorAll("[aria-invalid]") ?? []) control.removeAttribute("aria-invalid");
  error.remove();
}

// The summary names what is still shown at a field; without any, it and the word in the title go.
function renewSummary() {
  const summary = document.querySelector(".error-summary");
  const shown = new Set([...stepForm.querySelectorAll('[id$="_error"] .field-error')].map((line) => line.textContent.trim()));
  for (const line of summary?.querySelectorAll("li") ?? []) {
    if (line.querySelector("a") && !shown.has(line.textContent.trim())) line.remove();
  }
  if (shown.size || summary?.querySelector("li")) return;
  summary?.remove();
  document.title = document.title.replace(/^\S+:\s+/, "");
}

let checks = 0;

async function recheck() {
  const check = ++checks;
  const body = new FormData(stepForm);
  body.set("go", "check");
  const answer = await fetch(stepForm.action, { method: "POST", body, redirect: "manual", headers: { "HX-Request": "true" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (check !== checks || !page.querySelector("[data-checked]")) return;
  for (const error of stepForm.querySelectorAll('[id$="_error"]')) {
    const still = page.getElementById(error.id);
    const before = error.textContent.trim();
    if (!still) takeError(error);
    else if (still.textContent.trim() !== before) renewLine(error, still);
  }
  renewSummary();
}

// Another error at the same field, in the summary too.
function renewLine(error, still) {
  const before = error.textContent.trim();
  for (const link of document.querySelectorAll(".error-summary a")) {
    if (link.textContent.trim() === before) link.textContent = still.textContent.trim();
  }
  error.replaceChildren(...still.childNodes);
}

stepForm?.addEventListener("change", () => {
  if (stepForm.querySelector('[id$="_error"]')) recheck().catch(() => {});
});

// A prefix in use, which is told while one types, marks the field too.
document.addEventListener("htmx:afterSettle", () => {
  const told = document.getElementById("prefix-in-use");
  const control = document.getElementById("id_ecr_repository_prefix");
  if (!told || !control || document.getElementById("id_ecr_repository_prefix_error")) return;
  if (told.querySelector(".field-error")) control.setAttribute("aria-invalid", "true");
  else control.removeAttribute("aria-invalid");
});
