// What a page does besides links and forms; without it all of them work.
"use strict";

// "/" goes to the search field or the first filter, "?" says the keys, Esc leaves a field.
document.addEventListener("keydown", (event) => {
  const isTyping = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  if (event.key === "Escape" && isTyping) event.target.blur();
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") {
    const field = document.querySelector("input[type=search], .filters input:not([type=hidden])");
    if (field) { event.preventDefault(); field.focus(); }
  }
});

// Filters without a value don't belong into the address.
for (const form of document.querySelectorAll("form.filters")) {
  form.addEventListener("submit", () => {
    for (const field of form.elements) if (field.name && (!field.value || field.value === field.dataset.plain)) field.disabled = true;
  });
}
// After "back", they must be there again.
window.addEventListener("pageshow", () => {
  for (const field of document.querySelectorAll("form.filters :disabled")) field.disabled = false;
});

// The number beside a slider moves with it.
for (const slider of document.querySelectorAll("input[type=range]")) {
  const output = document.querySelector(`output[for="${slider.id}"]`);
  slider.addEventListener("input", () => { if (output) output.value = slider.value; });
}
