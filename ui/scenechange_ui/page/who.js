// Who: choosing people, and mending the cut-out by tapping and painting. The server follows each stroke on a picture of
// screen size at once; the full photo follows when one goes on.
let outline = '';
let followed = ''; // who the full cut-out was made for, as text
let drawing = null; // the stroke under the pointer or the keyboard
let spot = { x: 0.5, y: 0.5 }; // where the keyboard is
const whoStage = $('#s-who');
const ring = $('#s-ring');
const brush = $('#s-brush');
const adds = () => $('[name="s-click"]:checked').value === 'add';
const longer = () => Math.max(whoStage.clientWidth, whoStage.clientHeight);

function dropCut() {
  cut = false;
  drawing = null;
  $('#s-cutout').hidden = true;
  whoStage.classList.remove('is-cut', 'is-painted');
  $('#s-who-next').disabled = true;
  $('#s-who-tools').hidden = true;
}

// A click on somebody chooses them, or lets them come along; a second click leaves them behind.
const isChosen = (person) => who.person === person || who.companions.includes(person);
function chosenWith(person) {
  if (!cut || who.person === null) return { ...nobody(), person };
  const all = [who.person, ...who.companions];
  const rest = isChosen(person) ? all.filter((n) => n !== person) : [...all, person];
  return rest.length ? { ...who, person: rest[0], companions: rest.slice(1) } : who;
}

async function cutOut(wished) {
  const before = who;
  who = wished;
  try {
    const answer = await slow('who', { who });
    followed = JSON.stringify(who);
    cut = true;
    measured = { body: answer.height_m };
    drawCut(answer);
    $('#s-who-tools').hidden = false;
    $('#s-who-next').disabled = false;
    go('who');
  } catch (error) {
    who = before;
    drawPeople();
    throw error;
  }
}

// Before one goes on: the full photo gets what was painted, and a picture that is there already gets the new cut-out.
async function followStrokes() {
  if (!cut || followed === JSON.stringify(who)) return;
  const since = shown;
  const answer = await slow('who', { who });
  followed = JSON.stringify(who);
  measured = { ...measured, body: answer.height_m };
  drawCut(answer);
  if (since) await show(await call('compose', wanted()));
  if (since) lift();
}

function drawCut(answer) {
  if (answer.cutout) $('#s-cutout').src = answer.cutout;
  $('#s-cutout').hidden = false;
  whoStage.classList.add('is-cut');
  drawPeople(answer.polygons);
}

const path = (shape) => shape.map((p) => `M${p.map((xy) => xy.join(' ')).join('L')}Z`).join('');
function drawPeople(polygons) {
  const text = people.length === 0 ? 'who_none' : people.length === 1 ? 'who_one' : 'who_many';
  $('#s-who-text').textContent = say(text, { n: people.length });
  $('#s-who .outlines').innerHTML = people.filter((p) => !(cut && isChosen(p.person)))
    .map((p) => `<path data-person="${p.person}" d="${path(p.polygons)}"></path>`).join('');
  if (polygons) outline = path(polygons);
  if (cut) $('#s-who .outlines').innerHTML += `<path class="chosen" d="${outline}"></path>`;
  $('#s-people').innerHTML = people.length < 2 ? '' : people.map((p) => `<button type="button" data-person="${p.person}"
    aria-pressed="${isChosen(p.person)}">${say('person_n', { n: p.person })}</button>`).join('');
  $$('#s-people button').forEach((button) => {
    button.onclick = () => doing(() => cutOut(chosenWith(Number(button.dataset.person))));
  });
  const taps = [...who.clicks, ...who.strokes.filter((s) => s.points.length === 1).map((s) => ({ x: s.points[0][0], y: s.points[0][1], adds: s.adds }))];
  $('#s-who .dots').innerHTML = taps.map((c) =>
    `<i class="${c.adds ? 'adds' : 'drops'}" style="left:${100 * c.x}%;top:${100 * c.y}%"></i>`).join('');
  $('#s-who-undo').disabled = who.clicks.length + who.strokes.length === 0;
}
root.addEventListener('spoken', () => drawPeople());

// --- following strokes: one question at a time, the newest wish wins; what is still drawn waits for what is done ---
let mending = false;
let nextMend = null;
async function mend(reason, since = performance.now()) {
  nextMend = { reason, since };
  if (mending) return;
  mending = true;
  let passing = false;
  try {
    while (nextMend) {
      const job = nextMend;
      nextMend = null;
      passing = drawing !== null;
      const strokes = passing ? [...who.strokes, plain(drawing)] : who.strokes;
      const answer = await call('mend', { who: { ...who, strokes }, passing });
      if (!passing && job.reason === 'stroke' && answer.cutout === $('#s-cutout').getAttribute('src')) {
        who = { ...who, strokes: who.strokes.slice(0, -1) };
        showTrouble('change');
      }
      await drawMended(answer);
      if (!passing) performance.measure(`studio-${job.reason}`, { start: job.since, end: performance.now() });
      if (!passing && drawing?.moved) nextMend ??= { reason: 'passing', since: performance.now() };
    }
  } catch (error) {
    nextMend = null;
    drawing = null;
    if (!passing) who = { ...who, strokes: who.strokes.slice(0, -1) };
    drawPeople();
    showTrouble(error.kind || 'unforeseen');
  } finally {
    mending = false;
    drawStroke();
  }
}
const plain = ({ points, radius, adds: keeps }) => ({ points, radius, adds: keeps });

async function drawMended(answer) {
  if (answer.cutout) {
    const picture = new Image();
    picture.src = answer.cutout;
    await picture.decode();
  }
  drawCut(answer);
}

// --- the brush ---
function begin(at, target = null, pointer = null) {
  if (cut) endTrouble();
  drawing = { points: [at], radius: Number(brush.value) / 100, adds: adds(), target, pointer, moved: false };
}
function extend(at) {
  const [x, y] = drawing.points[drawing.points.length - 1];
  const away = Math.hypot((at[0] - x) * whoStage.clientWidth, (at[1] - y) * whoStage.clientHeight);
  if (away < (drawing.moved ? 2 : 5) || drawing.points.length >= 1000) return;
  drawing.moved = true;
  drawing.points.push(at);
  drawStroke();
  if (!nextMend) mend('passing');
}
function end() {
  const stroke = drawing;
  drawing = null;
  if (!stroke.moved) { drawStroke(); return tap(stroke); }
  who = { ...who, strokes: [...who.strokes, plain(stroke)] };
  drawStroke(stroke);
  return mend('stroke');
}
function cancel() {
  drawing = null;
  drawStroke();
  mend('cancel');
}

// A tap chooses somebody, points at what nobody was found in, or takes the part that it points at.
function tap({ points: [[x, y]], radius, adds: keeps, target }) {
  const person = Number(target?.dataset?.person) || null;
  if (person) return doing(() => cutOut(chosenWith(person)));
  if (!cut && people.length) return undefined;
  if (!cut) return doing(() => cutOut({ ...who, clicks: [{ x, y, adds: true }] }));
  who = { ...who, strokes: [...who.strokes, { points: [[x, y]], radius: Math.max(0.004, radius / 3), adds: keeps }] };
  drawPeople();
  return mend('stroke');
}

function drawStroke(stroke = drawing) {
  const line = $('#s-who .paint');
  line.innerHTML = stroke && stroke.moved
    ? `<polyline class="${stroke.adds ? 'adds' : 'drops'}" points="${stroke.points.map((p) => p.join(',')).join(' ')}"
      style="stroke-width:${2 * stroke.radius * longer()}px"></polyline>` : '';
}
function drawRing(at) {
  const wide = (2 * Number(brush.value) * longer()) / 100;
  ring.hidden = !at || !cut;
  ring.classList.toggle('drops', !adds());
  if (at) Object.assign(ring.style, { left: `${100 * at[0]}%`, top: `${100 * at[1]}%`, width: `${wide}px`, height: `${wide}px` });
}
const over = (event) => {
  const box = whoStage.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height].map((n) => Math.round(1e4 * n) / 1e4);
};
const idle = () => root.dataset.busy === 'no' && (cut || people !== null);

whoStage.addEventListener('pointerdown', (event) => {
  if (drawing && event.pointerId !== drawing.pointer) return cancel(); // a second finger: the page is moved or enlarged
  if (event.button > 0 || !event.isPrimary || !idle()) return undefined;
  begin(over(event), event.target, event.pointerId);
  return cut ? whoStage.setPointerCapture(event.pointerId) : undefined;
});
whoStage.addEventListener('pointermove', (event) => {
  if (cut) drawRing(over(event));
  if (!cut || !drawing || event.pointerId !== drawing.pointer) return;
  (event.getCoalescedEvents?.() || [event]).forEach((e) => extend(over(e)));
});
whoStage.addEventListener('pointerup', (event) => { if (drawing && event.pointerId === drawing.pointer) end(); });
whoStage.addEventListener('pointercancel', () => { if (drawing) cancel(); });
whoStage.addEventListener('pointerleave', () => { if (document.activeElement !== whoStage) drawRing(null); });
brush.addEventListener('input', () => drawRing([0.5, 0.5]));
brush.addEventListener('change', () => drawRing(null));

// --- the same from the keyboard: arrows move the ring, space taps, enter begins and ends a stroke ---
whoStage.addEventListener('focus', () => { if (cut && whoStage.matches(':focus-visible')) drawRing([spot.x, spot.y]); });
whoStage.addEventListener('blur', () => { drawRing(null); if (drawing) cancel(); });
whoStage.addEventListener('keydown', (event) => {
  const step = event.shiftKey ? 0.05 : 0.01;
  const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
  if (!(event.key in moves) && ![' ', 'Enter', 'Escape'].includes(event.key)) return;
  event.preventDefault();
  if (!idle()) return;
  const [dx, dy] = moves[event.key] || [0, 0];
  spot = { x: Math.min(1, Math.max(0, spot.x + dx)), y: Math.min(1, Math.max(0, spot.y + dy)) };
  const at = [spot.x, spot.y];
  drawRing(at);
  if (drawing && event.key in moves) extend(at);
  if (event.key === ' ' && !drawing) { begin(at); end(); }
  if (event.key === 'Escape' && drawing) cancel();
  if (event.key === 'Enter' && drawing) end();
  else if (event.key === 'Enter' && cut) { begin(at); tell(say('painting')); }
});

// --- back, and on ---
function undoWho() {
  if (who.strokes.length) {
    who = { ...who, strokes: who.strokes.slice(0, -1) };
    drawPeople();
    return mend('undo');
  }
  who = nobody();
  dropCut();
  return drawPeople();
}
$('#s-who-next').onclick = () => doing(async () => { await followStrokes(); go('place'); });
$('#s-who-undo').onclick = () => { if (root.dataset.busy === 'no') undoWho(); };
element.addEventListener('keydown', (event) => {
  const isUndo = (event.ctrlKey || event.metaKey) && event.key === 'z' && root.dataset.step === 'who';
  if (!isUndo || $('#s-who-undo').disabled || root.dataset.busy !== 'no') return;
  event.preventDefault();
  undoWho();
});
