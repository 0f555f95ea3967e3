// Asking the server. Slow steps go through gradio's queue and are told as they go; quick ones are plain calls.
class Trouble extends Error {
  constructor(kind) { super(kind); this.kind = kind; }
}
const STEPS = {
  person: ['send', 'load'],
  who: ['segment', 'matte', 'mend', 'person', 'calibrate subject'],
  place: ['send', 'load', 'calibrate scene', 'ground', 'occlude', 'light', 'compose'],
  finish: ['place', 'harmonize', 'relight', 'optics', 'shadow', 'compose', 'save'],
};
let token = null;
let limitMb = 40;
const waiting = new Map();
let welcomed;
const welcome = new Promise((resolve) => { welcomed = resolve; });

window.addEventListener('studio-mail', ({ detail }) => {
  if (!detail) return;
  if (detail.welcome) return welcomed(detail.welcome);
  const job = waiting.get(detail.id);
  if (!job) return;
  if (detail.step) return job.step(detail.step);
  waiting.delete(detail.id);
  if (detail.ok) job.resolve(detail); else job.reject(new Trouble(detail.error || 'unforeseen'));
});

async function call(name, message = {}) {
  let answer;
  try { answer = await server[name]({ token, ...message }); } catch { throw new Trouble('lost'); }
  if (!answer || !answer.ok) throw new Trouble((answer && answer.error) || 'unforeseen');
  return answer;
}

async function send(role, file) {
  if (file.size > limitMb * 1e6) throw new Trouble('large');
  showStep(role, 'send');
  let answer;
  try {
    answer = await server.receive({ binary: true, data: { token, role, photo: file } });
  } catch (error) {
    throw new Trouble(/large|413/i.test(String(error)) ? 'large' : 'lost');
  }
  if (!answer.ok) throw new Trouble(answer.error);
}

async function slow(task, message = {}) {
  const { ahead } = await call('stand_in_line', { task, example: message.example });
  if (ahead > 0) showBusy(say('ahead', { n: ahead }), 0);
  const id = `${Date.now()}-${Math.random()}`;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject, step: (step) => showStep(task, step) });
    trigger('work', { id, token, task, ...message });
  });
}

function showStep(task, step) {
  const steps = STEPS[task];
  const at = Math.max(0, steps.indexOf(step));
  showBusy(say(`do_${step}`), (at + 0.4) / steps.length);
}

function showBusy(text, share) {
  $('#s-busy').hidden = false;
  root.dataset.busy = 'yes';
  if ($('#s-busy-text').textContent !== text) { $('#s-busy-text').textContent = text; tell(text); }
  $('#s-busy .busy-bar').setAttribute('aria-valuenow', Math.round(100 * share));
  $('#s-busy i').style.width = `${100 * share}%`;
}

function endBusy() {
  $('#s-busy').hidden = true;
  root.dataset.busy = 'no';
}

function showTrouble(kind) {
  const known = WORDS.en[`no_${kind}`] ? kind : 'unforeseen';
  $('#s-trouble-title').textContent = say(`no_${known}`);
  $('#s-trouble-text').textContent = say(`no_${known}_text`, { mb: limitMb });
  $('#s-trouble').hidden = false;
}
const endTrouble = () => { $('#s-trouble').hidden = true; };
$('#s-trouble-close').onclick = endTrouble;

// Runs one slow thing at a time, shows what goes on, and tells trouble in words.
async function doing(work) {
  if (root.dataset.busy === 'yes') return false;
  root.dataset.busy = 'yes';
  endTrouble();
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof Trouble)) console.error(error);
    showTrouble(error instanceof Trouble ? error.kind : 'unforeseen');
    return false;
  } finally {
    endBusy();
  }
}
