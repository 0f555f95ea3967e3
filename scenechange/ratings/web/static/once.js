// A form that was sent is not sent again by a second click; the server would not mind, but the worker waits less.
"use strict";
document.documentElement.classList.add("js");
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}
// Coming back by the back button shows what holds now, and lets the form be sent again.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
