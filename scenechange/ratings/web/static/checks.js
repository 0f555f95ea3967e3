// Measures the window when the form is sent: the size is used for the check, and kept only with consent.
"use strict";
document.documentElement.classList.add("js");
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", () => {
    const size = `${Math.round(innerWidth)}x${Math.round(innerHeight)}`;
    for (const field of form.querySelectorAll("input[name=window]")) field.value = size;
  });
}
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
