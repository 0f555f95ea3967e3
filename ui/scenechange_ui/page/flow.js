// From step to step: photo, who, where, picture, keep.
let people = [];
let subjectSize = [1, 1];
let place = null; // the example that is shown, for its credit
let examples = [];

const reached = { photo: () => true, who: () => people !== null && subjectSize[0] > 1, place: () => cut, picture: () => shown, keep: () => shown };
let cut = false;
let outline = '';
function go(step) {
  if (!reached[step]()) return;
  root.dataset.step = step;
  $$('.steps button').forEach((button) => {
    button.disabled = !reached[button.dataset.go]();
    if (button.dataset.go === step) button.setAttribute('aria-current', 'step');
    else button.removeAttribute('aria-current');
  });
  if (step === 'keep') drawKeep();
  if (step === 'keep' || step === 'picture') endCompare();
  window.scrollTo({ top: 0, behavior: 'instant' });
}
$$('[data-go]').forEach((button) => { button.onclick = () => root.dataset.busy === 'no' && go(button.dataset.go); });

// --- a photo arrives: chosen, dropped, pasted, taken, or an example ---
async function arrive(role, file, example) {
  const since = performance.now();
  await doing(async () => {
    if (file) await send(role, file);
    if (role === 'person') await arrivePerson(example);
    else await arrivePlace(example, since);
  });
}

async function arrivePerson(example) {
  const answer = await slow('person', { example });
  cut = false;
  shown = null;
  people = answer.people;
  subjectSize = answer.size;
  who = nobody();
  $('#s-photo').src = answer.picture;
  $('#s-who').style.aspectRatio = `${answer.size[0]} / ${answer.size[1]}`;
  $('#s-who').style.setProperty('--shape', answer.size[0] / answer.size[1]);
  dropCut();
  drawPeople();
  go('who');
  if (people.length === 1) await cutOut({ ...nobody(), person: 1 });
}

async function arrivePlace(example, since) {
  wish = fresh();
  past.length = 0;
  lifted = null;
  delete stage.dataset.ready;
  const answer = await slow('place', { example, who, ...wish });
  place = examples.find((e) => e.name === example) || null;
  empty = answer.base;
  $('#s-base').src = empty;
  $('#s-base').hidden = false;
  stage.style.aspectRatio = `${answer.size[0]} / ${answer.size[1]}`;
  stage.style.setProperty('--shape', answer.size[0] / answer.size[1]);
  await show(answer);
  $('#s-undo').disabled = true;
  go('picture');
  performance.measure('studio-first', { start: since, end: performance.now() });
  drawSliders();
  lift();
}

// --- who ---
function dropCut() {
  cut = false;
  $('#s-cutout').hidden = true;
  $('#s-who').classList.remove('is-cut');
  $('#s-who-next').disabled = true;
  $('#s-who-tools').hidden = people.length > 0;
}

// A click on somebody chooses them, or lets them come along; a second click leaves them behind.
const isChosen = (person) => who.person === person || who.companions.includes(person);
function chosenWith(person) {
  if (!cut || who.person === null) return { ...nobody(), person };
  const all = [who.person, ...who.companions];
  const rest = isChosen(person) ? all.filter((n) => n !== person) : [...all, person];
  if (!rest.length) return who;
  return { person: rest[0], companions: rest.slice(1), clicks: rest[0] === who.person ? who.clicks : [] };
}

async function cutOut(wished) {
  const before = who;
  const clicked = cut && wished.clicks.length > before.clicks.length;
  who = wished;
  try {
    const answer = await slow('who', { who });
    if (clicked && answer.cutout === $('#s-cutout').getAttribute('src')) throw new Trouble('change');
    cut = true;
    shown = null;
    measured = { body: answer.height_m };
    go('who');
    $('#s-cutout').src = answer.cutout;
    $('#s-cutout').hidden = false;
    $('#s-who').classList.add('is-cut');
    $('#s-who-tools').hidden = false;
    $('#s-who-next').disabled = false;
    drawPeople(answer.polygons);
  } catch (error) {
    who = before;
    drawPeople();
    throw error;
  }
}

function drawPeople(polygons) {
  const text = people.length === 0 ? 'who_none' : people.length === 1 ? 'who_one' : 'who_many';
  $('#s-who-text').textContent = say(text, { n: people.length });
  const path = (shape) => shape.map((p) => `M${p.map((xy) => xy.join(' ')).join('L')}Z`).join('');
  const svg = $('#s-who .outlines');
  svg.innerHTML = people.filter((p) => !(cut && isChosen(p.person)))
    .map((p) => `<path data-person="${p.person}" d="${path(p.polygons)}"></path>`).join('');
  if (cut && polygons) outline = path(polygons);
  if (cut) svg.innerHTML += `<path class="chosen" d="${outline}"></path>`;
  $('#s-people').innerHTML = people.length < 2 ? '' : people.map((p) => `<button type="button" data-person="${p.person}"
    aria-pressed="${isChosen(p.person)}">${say('person_n', { n: p.person })}</button>`).join('');
  $$('#s-people button').forEach((button) => {
    button.onclick = () => doing(() => cutOut(chosenWith(Number(button.dataset.person))));
  });
  $('#s-who .dots').innerHTML = who.clicks.map((c) =>
    `<i class="${c.adds ? 'adds' : 'drops'}" style="left:${100 * c.x}%;top:${100 * c.y}%"></i>`).join('');
  $('#s-who-undo').disabled = who.clicks.length === 0;
}
root.addEventListener('spoken', () => drawPeople());

$('#s-who').addEventListener('click', (event) => {
  const box = $('#s-who').getBoundingClientRect();
  const spot = { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
  const person = Number(event.target.dataset.person) || null;
  if (person) return doing(() => cutOut(chosenWith(person)));
  if (!cut && people.length > 1) return undefined;
  const adds = !cut || $('[name="s-click"]:checked').value === 'add';
  return doing(() => cutOut({ ...who, clicks: [...who.clicks, { ...spot, adds }] }));
});
$('#s-who-undo').onclick = () => doing(() => {
  const clicks = who.clicks.slice(0, -1);
  if (who.person === null && !clicks.some((c) => c.adds)) {
    who = nobody();
    dropCut();
    drawPeople();
    return undefined;
  }
  return cutOut({ ...who, clicks });
});
$('#s-who-next').onclick = () => go('place');

// --- keep ---
const NOTES = [
  [/enlarged/, 'note_soft'], [/framed like a portrait/, 'note_portrait'], [/no ground to stand on/, 'note_ground'],
  [/above the horizon/, 'note_horizon'], [/cut edge is kept/, 'note_edge'],
  [/^perspective/, 'note_perspective'], [/cut edge is hidden/, 'note_behind'],
];
function drawKeep() {
  const notes = shown.notes.map((text) => [text, (NOTES.find(([mark]) => mark.test(text)) || [0, 'note_other'])[1]]);
  $('#s-notes').hidden = notes.length === 0;
  $('#s-notes ul').replaceChildren(...notes.map(([text, key]) => {
    const item = document.createElement('li');
    item.textContent = say(key, { text });
    return item;
  }));
  $('#s-credit').hidden = !place;
  if (place) $('#s-credit p').textContent = say('credit_text', place);
  $('#s-saved').hidden = true;
  drawAgreed();
  drawPair();
}
async function drawPair() {
  const now = shown;
  try {
    const { plain } = await call('plain', wanted());
    if (now !== shown) return;
    const [before, after] = $$('#s-pair img');
    before.src = plain;
    after.src = now.picture;
    $('#s-pair').hidden = false;
  } catch { /* the pair is an extra; the picture itself is there */ }
}
function drawAgreed() {
  const agreed = $('#s-agreed').checked;
  $$('[data-file]').forEach((button) => { button.disabled = !agreed; });
  $('#s-agree-hint').hidden = agreed;
}
$('#s-agreed').onchange = drawAgreed;
root.addEventListener('spoken', () => { if (root.dataset.step === 'keep') drawKeep(); });
root.addEventListener('shown', () => { $('#s-pair').hidden = true; if (root.dataset.step === 'keep') drawPair(); });

$$('[data-file]').forEach((button) => {
  button.onclick = () => doing(async () => {
    const answer = await slow('finish', {
      ...wanted(), file: button.dataset.file, agreed: $('#s-agreed').checked,
      disclosed: $('#s-disclosed').checked, language,
    });
    const blob = await (await fetch(answer.file)).blob();
    const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(blob), download: answer.name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    await told(blob, answer);
  });
});
async function told(blob, answer) {
  const isPicture = /\.(jpg|png)$/.test(answer.name) && !/person/.test(answer.name);
  let size = '';
  if (isPicture) { const bitmap = await createImageBitmap(blob); size = `${bitmap.width} × ${bitmap.height}`; }
  const mb = (answer.bytes / 1e6).toLocaleString(language, { maximumFractionDigits: 1 });
  $('#s-saved').textContent = say(isPicture ? 'saved' : 'saved_small', { name: answer.name, size, mb });
  $('#s-saved').hidden = false;
  tell($('#s-saved').textContent);
}
