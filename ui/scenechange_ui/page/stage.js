// The stage: the picture, and moving the person in it. While one drags, two layers move in the browser; the exact
// picture comes from the server right after. Places are shares of the picture's width and height.
const fresh = () => ({ place: { x: null, y: null, scale: 1, flip: false, rotate: 0, height_m: null }, tune: {} });
let wish = fresh();
const nobody = () => ({ person: null, companions: [], clicks: [], strokes: [] });
let who = nobody();
let shown = null; // the last exact picture's answer
let lifted = null; // the layers, and the anchor and box they were made at
let pose = null; // { x, y, size, turn }: where the person is while they are moved
const past = [];
const stage = $('#s-stage');
const frame = $('#s-frame');
const wanted = () => ({ who, ...wish });

function keepPast() {
  const now = JSON.stringify(wish);
  if (past[past.length - 1] !== now) past.push(now);
  $('#s-undo').disabled = past.length === 0;
}

function undo() {
  if (!past.length) return;
  wish = JSON.parse(past.pop());
  $('#s-undo').disabled = past.length === 0;
  root.dispatchEvent(new Event('wished'));
  refresh('undo');
}
$('#s-undo').onclick = undo;

// --- the exact picture: one question at a time, the newest wish wins ---
let asking = false;
let next = null;
async function refresh(reason, since = performance.now()) {
  next = { reason, since };
  if (asking) return;
  asking = true;
  try {
    while (next) {
      const job = next;
      next = null;
      await show(await call('compose', wanted()));
      performance.measure(`studio-${job.reason}`, { start: job.since, end: performance.now() });
    }
  } catch (error) {
    next = null;
    if (error.kind === 'input' && past.length) {
      wish = JSON.parse(past.pop());
      root.dispatchEvent(new Event('wished'));
    }
    showTrouble(error.kind || 'unforeseen');
    settle();
  } finally {
    asking = false;
  }
  lift();
}

async function show(answer) {
  const picture = new Image();
  picture.src = answer.picture;
  await picture.decode();
  $('#s-exact').src = answer.picture;
  shown = answer;
  if (!dragging) settle();
  root.dispatchEvent(new Event('shown'));
}

function settle() {
  stage.classList.remove('lifted');
  $('#s-moving').style.transform = '';
  if (!shown) return;
  pose = { x: shown.anchor[0], y: shown.anchor[1], size: 1, turn: 0 };
  drawFrame(shown.box, shown.anchor);
}

// --- the layers that move ---
let lifting = 0;
async function lift() {
  const turn = ++lifting;
  await new Promise((resolve) => setTimeout(resolve, 120));
  if (turn !== lifting || asking || dragging || !shown) return;
  try {
    const at = shown;
    const answer = await call('layers', wanted());
    if (turn !== lifting || at !== shown) return;
    const [x0, y0, x1, y1] = answer.window;
    for (const name of ['shadow', 'person']) {
      const layer = $(`#s-${name}`);
      layer.src = answer[name];
      layer.hidden = false;
      Object.assign(layer.style, {
        left: `${100 * x0}%`, top: `${100 * y0}%`, width: `${100 * (x1 - x0)}%`, height: `${100 * (y1 - y0)}%`,
      });
    }
    lifted = { anchor: at.anchor, box: at.box };
    root.dispatchEvent(new CustomEvent('read', { detail: answer.readings }));
    stage.dataset.ready = 'yes';
  } catch { /* the exact picture is there; dragging moves the frame alone until the next one */ }
}

function move() {
  const from = lifted || shown;
  const [ax, ay] = from.anchor;
  const layer = $('#s-moving');
  layer.style.transformOrigin = `${100 * ax}% ${100 * ay}%`;
  layer.style.transform =
    `translate(${100 * (pose.x - ax)}%, ${100 * (pose.y - ay)}%) rotate(${pose.turn}deg) scale(${pose.size})`;
  const [x0, y0, x1, y1] = from.box;
  const s = pose.size;
  drawFrame(
    [pose.x + (x0 - ax) * s, pose.y + (y0 - ay) * s, pose.x + (x1 - ax) * s, pose.y + (y1 - ay) * s],
    [pose.x, pose.y],
  );
  stage.classList.toggle('lifted', Boolean(lifted));
}

function drawFrame([x0, y0, x1, y1], [ax, ay]) {
  Object.assign(frame.style, {
    left: `${100 * x0}%`, top: `${100 * y0}%`, width: `${100 * (x1 - x0)}%`, height: `${100 * (y1 - y0)}%`,
    transformOrigin: `${(100 * (ax - x0)) / (x1 - x0)}% ${(100 * (ay - y0)) / (y1 - y0)}%`,
    transform: pose && pose.turn ? `rotate(${pose.turn}deg)` : '',
  });
}

// Who stands grows towards the viewer: the feet's depth below the horizon sets the size.
const isCut = () => shown.anchor[1] >= 0.999;
function depth(x, y) {
  const [left, right] = shown.horizon;
  return y - (left + (right - left) * x);
}
function walk(x, y) {
  const start = dragging.start;
  pose.x = Math.min(1.05, Math.max(-0.05, x));
  pose.y = isCut() ? start.y : Math.min(1.2, Math.max(0.02, y));
  const before = depth(start.x, start.y);
  const after = depth(pose.x, pose.y);
  const ratio = before > 0.01 && after > 0.01 ? Math.min(5, Math.max(0.2, after / before)) : 1;
  dragging.grown = shown.stands ? ratio : 1;
  pose.size = $('#s-snap').checked ? dragging.grown : 1;
}

// --- pointer ---
let dragging = null;
const at = (event) => {
  const box = stage.getBoundingClientRect();
  return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height, box };
};
frame.addEventListener('pointerdown', (event) => {
  if (!shown || event.button > 0) return;
  event.preventDefault();
  frame.focus({ preventScroll: true });
  const kind = event.target.classList.contains('corner') ? 'scale' : event.target.classList.contains('turn') ? 'turn' : 'walk';
  settle();
  dragging = { kind, from: at(event), start: { ...pose }, moved: false, grown: 1, pointer: event.pointerId };
  frame.setPointerCapture(event.pointerId);
});
frame.addEventListener('pointermove', (event) => {
  if (!dragging || event.pointerId !== dragging.pointer) return;
  const { kind, from, start } = dragging;
  const to = at(event);
  if (!dragging.moved && Math.hypot((to.x - from.x) * to.box.width, (to.y - from.y) * to.box.height) < 3) return;
  dragging.moved = true;
  const arm = (p) => [(p.x - start.x) * to.box.width, (p.y - start.y) * to.box.height];
  if (kind === 'walk') walk(start.x + to.x - from.x, start.y + to.y - from.y);
  if (kind === 'scale') pose.size = Math.min(4, Math.max(0.2, Math.hypot(...arm(to)) / Math.max(8, Math.hypot(...arm(from)))));
  if (kind === 'turn') {
    const [[tx, ty], [fx, fy]] = [arm(to), arm(from)];
    pose.turn = ((Math.atan2(ty, tx) - Math.atan2(fy, fx)) * 180) / Math.PI;
  }
  requestAnimationFrame(() => dragging && move());
});
function drop() {
  if (!dragging) return;
  const { kind, moved, grown } = dragging;
  dragging = null;
  if (!moved) return settle();
  keepPast();
  if (kind === 'walk') {
    Object.assign(wish.place, { x: pose.x, y: pose.y });
    if (!$('#s-snap').checked) wish.place.scale = limited(wish.place.scale / grown);
  }
  if (kind === 'scale') {
    wish.place.scale = limited(wish.place.scale * pose.size);
    if (wish.place.x === null) Object.assign(wish.place, { x: pose.x, y: pose.y });
  }
  if (kind === 'turn') {
    wish.place.rotate = Math.round(((((wish.place.rotate + pose.turn + 180) % 360) + 360) % 360 - 180) * 10) / 10;
    if (wish.place.x === null) Object.assign(wish.place, { x: pose.x, y: pose.y });
  }
  root.dispatchEvent(new Event('wished'));
  refresh('drag');
}
const limited = (scale) => Math.min(5, Math.max(0.1, scale));
frame.addEventListener('pointerup', drop);
frame.addEventListener('pointercancel', drop);

// --- keyboard ---
frame.addEventListener('keydown', (event) => {
  if (!shown) return;
  const step = event.shiftKey ? 0.05 : 0.01;
  const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
  const sizes = { '+': 1.04, '=': 1.04, '-': 1 / 1.04 };
  const turns = { '[': -1, ']': 1 };
  if (!(event.key in moves) && !(event.key in sizes) && !(event.key in turns)) return;
  event.preventDefault();
  if (!event.repeat) keepPast();
  const place = wish.place;
  if (place.x === null) Object.assign(place, { x: shown.anchor[0], y: shown.anchor[1] });
  const [dx, dy] = moves[event.key] || [0, 0];
  place.x += dx;
  place.y += isCut() ? 0 : dy;
  place.scale = limited(place.scale * (sizes[event.key] || 1));
  place.rotate += turns[event.key] || 0;
  root.dispatchEvent(new Event('wished'));
  refresh('key');
});
element.addEventListener('keydown', (event) => {
  const typing = /^(INPUT|TEXTAREA)$/.test(event.target.tagName) && event.target.type === 'text';
  if ((event.ctrlKey || event.metaKey) && event.key === 'z' && !typing && root.dataset.step === 'picture') {
    event.preventDefault();
    undo();
  }
});

$('#s-flip').onclick = () => { keepPast(); wish.place.flip = !wish.place.flip; refresh('flip'); };
$('#s-auto-place').onclick = () => {
  keepPast();
  wish.place = { ...fresh().place, height_m: wish.place.height_m };
  root.dispatchEvent(new Event('wished'));
  refresh('place');
};
// The next of the good places after the one that is nearest to where one stands.
$('#s-elsewhere').onclick = async () => {
  if (!shown) return;
  try {
    const { places } = await call('places', wanted());
    const away = places.map(([x, y]) => Math.hypot(x - shown.anchor[0], y - shown.anchor[1]));
    const here = away.findIndex((d) => d < 0.01 && d === Math.min(...away));
    if (places.length === 1 && here === 0) throw new Trouble('elsewhere');
    const [x, y] = places[(here + 1) % places.length];
    keepPast();
    Object.assign(wish.place, { x, y });
    root.dispatchEvent(new Event('wished'));
    refresh('place');
  } catch (error) { showTrouble(error.kind || 'unforeseen'); }
};
