// From step to step: photo, who, where, picture, keep.
let people = [];
let subjectSize = [1, 1];
let place = null; // the example that is shown, for its credit
let examples = [];

const reached = { photo: () => true, who: () => people !== null && subjectSize[0] > 1, place: () => cut, picture: () => shown, keep: () => shown };
let cut = false;
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
$$('[data-go]').forEach((button) => {
  button.onclick = () => doing(async () => {
    if (!['photo', 'who'].includes(button.dataset.go)) await followStrokes();
    go(button.dataset.go);
  });
});

// --- a photo arrives: chosen, dropped, pasted, taken, or an example ---
// One that comes while something else goes on waits its turn, and the newest wins; a click on an example does not wait.
let newest = null;
async function arrive(role, file, example) {
  if (file) newest = file;
  while (file && root.dataset.busy === 'yes') {
    await new Promise((resolve) => { setTimeout(resolve, 100); });
    if (newest !== file) return;
  }
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
  followed = '';
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
  const answer = await slow('place', { example, ...wanted() });
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

// --- keep ---
const NOTES = [
  [/enlarged/, 'note_soft'], [/framed like a portrait/, 'note_portrait'], [/no ground to stand on/, 'note_ground'],
  [/above the horizon/, 'note_horizon'], [/cut edge is kept/, 'note_edge'],
  [/^perspective/, 'note_perspective'], [/cut edge is hidden/, 'note_behind'], [/^levels/, 'note_levels'],
];
const creditOf = (example) => (`credit_${example.name}` in WORDS.en ? say(`credit_${example.name}`) : example.credit);
function drawKeep() {
  const notes = shown.notes.map((text) => [text, (NOTES.find(([mark]) => mark.test(text)) || [0, 'note_other'])[1]]);
  $('#s-notes').hidden = notes.length === 0;
  $('#s-notes ul').replaceChildren(...notes.map(([text, key]) => {
    const item = document.createElement('li');
    item.textContent = say(key, { text });
    return item;
  }));
  $('#s-credit').hidden = !place;
  if (place) $('#s-credit p').textContent = say('credit_text', { credit: creditOf(place) });
  $('#s-saved').hidden = true;
  drawAgreed();
  drawPair();
  drawFindings();
}

// Why does it look fake: what can be measured, in words, each with the way to what mends it.
const MENDERS = { frame: '#s-frame', flip: '#s-flip', who: '#s-who' };
async function drawFindings() {
  const now = shown;
  const spoken = language;
  try {
    const { findings } = await call('explain', { ...wanted(), language });
    if (now !== shown || spoken !== language) return;
    $('#s-findings ul').replaceChildren(...(findings.length ? findings : [{ text: say('findings_none') }]).map(finding));
    $('#s-findings').hidden = false;
  } catch { $('#s-findings').hidden = true; /* a hint more or less; the picture itself is there */ }
}
function finding({ text, mend: name }) {
  const item = document.createElement('li');
  item.textContent = text;
  if (!name) return item;
  const button = Object.assign(document.createElement('button'), { type: 'button', className: 'inline', textContent: say('findings_mend') });
  button.setAttribute('aria-label', say('findings_mend_of', { text }));
  button.onclick = () => {
    go(name === 'who' ? 'who' : 'picture');
    $(MENDERS[name] || `#s-${name}-slider`).focus();
  };
  item.append(' ', button);
  return item;
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
root.addEventListener('shown', () => {
  $('#s-pair').hidden = true;
  $('#s-findings').hidden = true;
  if (root.dataset.step === 'keep') { drawPair(); drawFindings(); }
});

$$('[data-file]').forEach((button) => {
  button.onclick = () => doing(async () => {
    const answer = await slow('finish', {
      ...wanted(), file: button.dataset.file, agreed: $('#s-agreed').checked,
      disclosed: $('#s-disclosed').checked, marked: $('#s-marked').checked, language,
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
