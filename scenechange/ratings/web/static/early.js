// Runs before the page is drawn: says that there is a script, and keeps answers back until the picture can be seen.
"use strict";
document.documentElement.classList.add("js");
document.addEventListener("submit", (event) => {
  if (event.target.id === "rate" && !document.body.classList.contains("open")) event.preventDefault();
}, true);
