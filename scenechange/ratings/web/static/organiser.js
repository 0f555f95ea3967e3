// Renews the dashboard every 15 seconds while the box is ticked and the page is seen.
"use strict";
const live = document.getElementById("live");
live.checked = sessionStorage.getItem("live") !== "no";
live.addEventListener("change", () => sessionStorage.setItem("live", live.checked ? "yes" : "no"));
setInterval(async () => {
  const shown = document.getElementById("renewed");
  if (!live.checked || document.hidden || shown.contains(document.activeElement)) return;
  try {
    const reply = await fetch(location.href, { credentials: "same-origin" });
    const fresh = reply.ok && new DOMParser().parseFromString(await reply.text(), "text/html").getElementById("renewed");
    if (fresh) shown.replaceWith(document.adoptNode(fresh));
  } catch (error) {
    console.info("not renewed:", error.message); // the next round tries again
  }
}, 15000);
