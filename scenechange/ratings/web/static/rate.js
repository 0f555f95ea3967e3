// The page that shows a picture and takes an answer. Without this script the same forms work by themselves.
"use strict";
(() => {
  const form = document.getElementById("rate");
  const status = document.getElementById("status");
  const choices = document.getElementById("choices");
  const pictures = document.getElementById("pictures");
  const images = [...pictures.querySelectorAll("img")];
  const buttons = [...choices.querySelectorAll("button")];
  const shownMs = Number(form.dataset.shownMs) || 0;
  const showing = form.dataset.showing;
  let seenAt = null; // performance.now() of the first frame with the whole picture
  let sending = false;

  const word = (name) => document.getElementById("words").content.querySelector(`[data-word=${name}]`).textContent;
  const say = (text, urgent = false) => {
    status.textContent = text;
    status.classList.toggle("urgent", urgent);
  };
  const usable = (on) => { for (const button of buttons) button.disabled = !on; };
  const nextFrame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));

  // --- seeing

  const decoded = async (image) => {
    if (image.dataset.src) image.src = image.dataset.src;
    for (let attempt = 0; ; attempt += 1) {
      try {
        await image.decode();
        return;
      } catch (error) {
        if (attempt === 3) throw error;
        await pause(400 * 2 ** attempt);
        image.src = image.src.split("#")[0] + `#${attempt}`;
      }
    }
  };

  const open = () => {
    document.body.classList.add("open");
    usable(true);
    // Number keys work while the focus is within the choices, and nowhere else (WCAG 2.1.4).
    (choices.closest("[role=group]") || form.querySelector("input[type=radio]"))?.focus({ preventScroll: true });
  };

  const reveal = async () => {
    pictures.classList.remove("veiled");
    await nextFrame();
    seenAt = performance.now();
    if (shownMs) {
      setTimeout(() => {
        pictures.classList.add("veiled");
        say(word("over"));
      }, shownMs);
    }
    open();
  };

  const begin = async () => {
    usable(false);
    say(word("loading"));
    try {
      await Promise.all(images.map(decoded));
    } catch {
      say(word("broken"), true);
      const again = document.createElement("button");
      again.type = "button";
      again.textContent = word("again");
      again.addEventListener("click", () => location.reload());
      status.append(" ", again);
      return;
    }
    say("");
    for (const address of form.dataset.upcoming.split(" ").filter(Boolean)) new Image().src = address;
    if (showing === "ready") return curtain();
    await reveal();
  };

  // A timed trial: the pictures are ready behind a curtain, and are shown when the worker is.
  const curtain = () => {
    const show = document.getElementById("show");
    const button = show.querySelector("button");
    button.disabled = false;
    button.focus({ preventScroll: true });
    show.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (document.body.classList.contains("showing")) return;
      pictures.classList.add("veiled");
      document.body.classList.add("showing");
      const told = new URLSearchParams(new FormData(show));
      told.set("seen", "true");
      fetch(show.action, { method: "POST", body: told, redirect: "manual", keepalive: true }).catch(() => {});
      await reveal();
    });
  };

  // --- answering

  const send = async (body) => {
    for (let attempt = 0; ; attempt += 1) {
      let wait = Math.min(8000, 700 * 2 ** attempt);
      try {
        const reply = await fetch(form.action, {
          method: "POST", body, headers: { accept: "application/json" }, signal: AbortSignal.timeout(20000),
        });
        if (reply.ok) return (await reply.json()).next;
        if (reply.status === 422) return null;
        if (![429, 500, 502, 503, 504, 507].includes(reply.status)) return form.dataset.start;
        wait = Math.max(wait, 1000 * Number(reply.headers.get("retry-after") || 0));
        say(word("busy"), true);
      } catch {
        say(word("offline"), true);
      }
      await pause(wait); // the same body, hence the same key: however often it arrives, it counts once
    }
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending) return;
    const answered = seenAt === null ? null : Math.round(event.timeStamp - seenAt);
    const body = new URLSearchParams(new FormData(form));
    const button = event.submitter || buttons[0];
    if (button.name) body.set(button.name, button.value);
    if (body.has("best") && body.get("best") === body.get("worst")) return say(word("same"), true);
    if (form.dataset.measured && answered !== null) body.set("response_ms", String(Math.max(0, answered)));
    sending = true;
    button.classList.add("chosen");
    usable(false);
    const slow = setTimeout(() => say(word("saving")), 500);
    const next = await send(body);
    clearTimeout(slow);
    if (next) return location.replace(next);
    sending = false;
    button.classList.remove("chosen");
    usable(true);
    say(word("same"), true);
  });

  // --- keys

  const move = (step) => {
    const at = buttons.indexOf(document.activeElement);
    const rtl = getComputedStyle(choices).direction === "rtl" ? -step : step;
    const to = at < 0 ? (rtl > 0 ? 0 : buttons.length - 1) : (at + rtl + buttons.length) % buttons.length;
    buttons[to].focus();
  };

  const extremes = (place) => {
    const [best, worst] = ["best", "worst"].map((name) => [...form.querySelectorAll(`input[name=${name}]`)]);
    if (place >= best.length) return;
    (best.some((one) => one.checked) && !best[place].checked ? worst : best)[place].checked = true;
  };

  form.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.repeat || sending) return;
    if (/^[1-9]$/.test(event.key)) {
      if (!document.body.classList.contains("open")) return;
      if (form.classList.contains("best-worst")) return extremes(Number(event.key) - 1);
      const button = buttons[Number(event.key) - 1];
      if (button) button.click();
    } else if (event.target.type !== "radio") {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (step && choices.contains(event.target)) {
        event.preventDefault();
        move(event.key === "ArrowDown" || event.key === "ArrowUp" ? step * (getComputedStyle(choices).direction === "rtl" ? -1 : 1) : step);
      }
    }
  });

  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  begin();
})();
