// Sliders that start where things were measured, the ruler, and the comparison.
const SLIDERS = {
  size: { group: 'place', least: 0.3, most: 3, step: 0.01, of: 'place', key: 'scale', text: (v) => `${Math.round(100 * v)} %`, start: () => 1 },
  turn: { group: 'place', least: -45, most: 45, step: 0.5, of: 'place', key: 'rotate', text: (v) => `${v.toFixed(1)}°`, start: () => 0 },
  height: { group: 'place', least: 0.6, most: 2.2, step: 0.01, of: 'place', key: 'height_m', text: (v) => `${v.toFixed(2)} m`, start: () => measured.body },
  strength: { group: 'colour', least: 0, most: 1, step: 0.05, text: (v) => `${Math.round(100 * v)} %`, start: () => 1 },
  brightness: { group: 'colour', least: -2, most: 2, step: 0.05, text: signed, start: () => measured.brightness_ev },
  warmth: { group: 'colour', least: -1.5, most: 1.5, step: 0.05, text: signed, start: () => measured.warmth },
  relight: { group: 'colour', least: 0, most: 1, step: 0.05, text: (v) => `${Math.round(100 * v)} %`, start: () => 0.5 },
  grain: { group: 'colour', least: 0, most: 3, step: 0.1, text: (v) => `× ${v.toFixed(1)}`, start: () => 1 },
  shadow: { group: 'shadow', least: 0, most: 2, step: 0.05, text: (v) => `${Math.round(100 * v)} %`, start: () => 1 },
  contact: { group: 'shadow', least: 0, most: 2, step: 0.05, text: (v) => `${Math.round(100 * v)} %`, start: () => 1 },
  direction: { group: 'shadow', least: -180, most: 180, step: 5, text: (v) => `${Math.round(v)}°`, start: () => measured.shadow_direction_deg },
  softness: { group: 'shadow', least: 0, most: 12, step: 0.25, text: (v) => `${v.toFixed(1)}°`, start: () => measured.shadow_softness_deg },
};
const AUTO = { size: 1, turn: 0, height: null };
let measured = { body: 1.7 };
function signed(v) { return `${v > 0.004 ? '+' : v < -0.004 ? '−' : ''}${Math.abs(v).toFixed(2)}`; }

const given = (name) => {
  const { of, key } = SLIDERS[name];
  const value = of ? wish.place[key] : wish.tune[name];
  return value === (AUTO[name] ?? null) || value === undefined ? null : value;
};

function give(name, value) {
  const { of, key } = SLIDERS[name];
  if (of) wish.place[key] = value === null ? AUTO[name] : value;
  else if (value === null) delete wish.tune[name];
  else wish.tune[name] = value;
}

function drawSliders() {
  for (const [name, slider] of Object.entries(SLIDERS)) {
    const row = $(`[data-slider="${name}"]`);
    const value = given(name) ?? slider.start() ?? 0;
    const input = row.querySelector('input');
    if (document.activeElement !== input || given(name) === null) input.value = value;
    input.setAttribute('aria-valuetext', slider.text(Number(value)));
    row.querySelector('output').textContent = slider.text(Number(value));
    row.querySelector('button').disabled = given(name) === null;
    row.classList.toggle('is-auto', given(name) === null);
  }
}

function nameSliders() {
  for (const name of Object.keys(SLIDERS)) {
    const row = $(`[data-slider="${name}"]`);
    row.querySelector('label').textContent = say(name);
    row.querySelector('button').textContent = say('auto');
    row.querySelector('button').setAttribute('aria-label', say('auto_of', { name: say(name) }));
  }
}

for (const [name, slider] of Object.entries(SLIDERS)) {
  const row = document.createElement('div');
  row.className = 'slider';
  row.dataset.slider = name;
  row.innerHTML = `<label for="s-${name}-slider"></label><output for="s-${name}-slider"></output>
    <button type="button" class="auto"></button>
    <input type="range" id="s-${name}-slider" min="${slider.least}" max="${slider.most}" step="${slider.step}">`;
  $(`[data-sliders="${slider.group}"]`).append(row);
  const input = row.querySelector('input');
  let begun = false;
  input.addEventListener('input', () => {
    if (!begun) keepPast();
    begun = true;
    const since = performance.now();
    give(name, Number(input.value));
    if (slider.of && wish.place.x === null && shown) Object.assign(wish.place, { x: shown.anchor[0], y: shown.anchor[1] });
    drawSliders();
    refresh('tune', since);
  });
  input.addEventListener('change', () => { begun = false; });
  row.querySelector('button').onclick = () => { keepPast(); give(name, null); drawSliders(); refresh('tune'); };
}
root.addEventListener('spoken', () => { nameSliders(); drawSliders(); drawRuler(); });
root.addEventListener('wished', drawSliders);
root.addEventListener('read', ({ detail }) => {
  measured = { ...measured, ...detail };
  $('#s-no-side').hidden = detail.light_is_known;
  $('[data-slider="relight"] input').disabled = !detail.light_is_known;
  $('#s-no-shadow').hidden = detail.shadow_direction_deg !== null;
  $('[data-sliders="shadow"]').hidden = detail.shadow_direction_deg === null;
  drawSliders();
  drawRuler();
});

// --- horizon and ruler ---
function line(node, x1, y1, x2, y2) {
  Object.entries({ x1, y1, x2, y2 }).forEach(([key, value]) => node.setAttribute(key, 100 * value));
}
function drawRuler() {
  if (!shown) return;
  const plain = !stage.dataset.against && root.dataset.step === 'picture';
  const horizon = plain && $('#s-show-horizon').checked;
  const ruler = plain && $('#s-show-ruler').checked && measured.distance_m;
  $('#s-horizon').style.display = horizon ? '' : 'none';
  $('#s-ruler').style.display = ruler ? '' : 'none';
  $('#s-ruler-text').hidden = !ruler;
  line($('#s-horizon'), 0, shown.horizon[0], 1, shown.horizon[1]);
  const [x0, y0, x1] = shown.box;
  const beside = x1 < 0.9 ? x1 + 0.015 : Math.max(0.01, x0 - 0.015);
  line($('#s-ruler'), beside, y0, beside, Math.min(1, shown.anchor[1]));
  const label = $('#s-horizon-text');
  label.hidden = !horizon || shown.horizon[0] < 0 || shown.horizon[0] > 1;
  label.style.top = `calc(${100 * shown.horizon[0]}% - 1.7rem)`;
  if (!ruler) return;
  const number = (n, digits) => n.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const text = $('#s-ruler-text');
  text.textContent = say('ruler_text', {
    height: number(measured.height_m, 2), distance: number(measured.distance_m, measured.distance_m < 10 ? 1 : 0),
  });
  text.style.left = `clamp(0px, ${100 * beside}% - 4rem, 100% - 12rem)`;
  text.style.top = `clamp(0.4rem, calc(${100 * y0}% - 2rem), 100%)`;
}
$('#s-show-ruler').onchange = drawRuler;
$('#s-show-horizon').onchange = drawRuler;
root.addEventListener('shown', drawRuler);

// --- comparison ---
const split = $('#s-compare input');
function drawSplit() {
  $('#s-exact').style.clipPath = stage.dataset.against ? `inset(0 0 0 ${split.value}%)` : '';
  $('#s-compare .compare-line').style.left = `${split.value}%`;
}
split.addEventListener('input', drawSplit);
async function compare(against) {
  stage.dataset.against = against;
  $('#s-compare').hidden = !against;
  if (!against) delete stage.dataset.against;
  $('#s-compare-text').textContent = against ? say(`compare_${against}`) : '';
  drawSplit();
  drawRuler();
  $('#s-base').src = empty;
  if (against !== 'plain') return;
  try {
    const { plain } = await call('plain', wanted());
    if (stage.dataset.against === 'plain') $('#s-base').src = plain;
  } catch (error) { showTrouble(error.kind || 'unforeseen'); }
}
let empty = '';
function endCompare() {
  $('[name="s-against"][value=""]').checked = true;
  compare('');
}
$$('[name="s-against"]').forEach((radio) => { radio.onchange = () => compare(radio.value); });
root.addEventListener('shown', () => { if (stage.dataset.against === 'plain') compare('plain'); });
