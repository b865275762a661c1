// The choice of Regions: filter, "Select all" of what is shown, and the number of selected Regions.

for (const picker of document.querySelectorAll(".region-picker")) {
  const options = [...picker.querySelectorAll(".option")];
  const counter = picker.querySelector("[data-picked]");
  const boxOf = (option) => option.querySelector("input");

  const count = () => {
    const number = options.filter((option) => boxOf(option).checked).length;
    counter.textContent = counter.dataset.picked.replace("{number}", number);
  };

  const pick = (some, checked) => {
    for (const option of some) if (!option.hidden) boxOf(option).checked = checked;
    count();
  };

  picker.querySelector("[data-find-regions]").addEventListener("input", ({ target }) => {
    const wanted = target.value.trim().toLowerCase();
    for (const option of options) option.hidden = !option.textContent.toLowerCase().includes(wanted);
    for (const group of picker.querySelectorAll(".region-picker-group")) {
      group.hidden = !group.querySelector(".option:not([hidden])");
    }
  });

  // Enter in the filter does not send the form.
  picker.querySelector("[data-find-regions]").addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });

  picker.addEventListener("click", ({ target }) => {
    const what = target.closest("[data-pick]")?.dataset.pick;
    if (what === "all") pick(options, true);
    if (what === "none") pick(options, false);
    if (what !== "group") return;
    const some = [...target.closest("fieldset").querySelectorAll(".option")];
    pick(some, !some.every((option) => option.hidden || boxOf(option).checked));
  });

  picker.addEventListener("change", count);
  count();
}
