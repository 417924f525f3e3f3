"use strict";
// Filters the table of questions; without script every question is shown.
const form = document.getElementById("filter");
const bodies = Array.from(document.querySelectorAll("tbody[data-verdict]"));
const shown = document.getElementById("shown");
function apply() {
  const words = form.elements.words.value.trim().toLowerCase();
  const verdict = form.elements.verdict.value;
  const kind = form.elements.kind ? form.elements.kind.value : "";
  let count = 0;
  for (const body of bodies) {
    const keep =
      (!verdict || body.dataset.verdict === verdict) &&
      (!kind || body.dataset.kind === kind) &&
      (!words || body.textContent.toLowerCase().includes(words));
    body.hidden = !keep;
    if (keep) count += 1;
  }
  shown.textContent = `${count} of ${bodies.length} questions shown`;
}
form.hidden = false;
form.addEventListener("input", apply);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(apply, 0));
apply();
