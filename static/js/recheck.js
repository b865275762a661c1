// An error that was corrected goes away. A step of the wizard is checked again when it is changed. Other forms are
// checked when they are sent, because sending one acts; until then an error goes away when its field is changed.

// A field is left by pressing something else. What is pressed must not move before it is released.
let isPressed = false;
document.addEventListener("pointerdown", () => { isPressed = true; }, true);
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => { isPressed = false; }, true);

function whenReleased(action) {
  if (!isPressed) return action();
  document.addEventListener("pointerup", () => setTimeout(action), { once: true });
}

// Only a step keeps what is typed in it. The form of the review is sent to Create.
const stepForm = document.querySelector("#step[data-keeps]");

// The field's error, the mark at its control, and the link of both.
function takeError(error, form) {
  for (const control of form.querySelectorAll(`[aria-describedby~="${error.id}"]`)) {
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
  const shown = new Set([...document.querySelectorAll('[id$="_error"] .field-error')].map((line) => line.textContent.trim()));
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
    if (!still) takeError(error, stepForm);
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
  if (stepForm.querySelector('[id$="_error"]')) whenReleased(() => recheck().catch(() => {}));
});

// Whether the field has a value that its form could accept.
function isFilledIn(field) {
  const controls = [...field.querySelectorAll("input:not([type=hidden]), select, textarea")];
  return controls.some((control) => (control.type === "checkbox" || control.type === "radio" ? control.checked : control.value.trim() && control.checkValidity()));
}

document.addEventListener("change", ({ target }) => {
  const form = target.form;
  const field = target.closest("[data-field]");
  const error = field?.querySelector('[id$="_error"]');
  if (!error || !form || form === stepForm || !isFilledIn(field)) return;
  whenReleased(() => {
    takeError(error, form);
    renewSummary();
  });
});

// A list is filtered while one types. What the answer says of a field stands beside it; its control refers to that.
document.addEventListener("htmx:afterSettle", () => {
  for (const answer of document.querySelectorAll("[data-answer-for]")) {
    const control = document.getElementById(answer.dataset.answerFor);
    const error = answer.querySelector('[id$="_error"]');
    if (error) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
    if (error) control.setAttribute("aria-describedby", error.id);
    else control.removeAttribute("aria-describedby");
  }
  if (document.querySelector("[data-answer-for]")) renewSummary();
});

// A prefix in use, which is told while one types, marks the field too.
document.addEventListener("htmx:afterSettle", () => {
  const told = document.getElementById("prefix-in-use");
  const control = document.getElementById("id_ecr_repository_prefix");
  if (!told || !control || document.getElementById("id_ecr_repository_prefix_error")) return;
  if (told.querySelector(".field-error")) control.setAttribute("aria-invalid", "true");
  else control.removeAttribute("aria-invalid");
});
