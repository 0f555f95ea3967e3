// Ways in: choosing, dropping, pasting, the camera, the examples. Then the beginning.
$$('[data-pick]').forEach((button) => {
  const role = button.dataset.pick;
  const input = $(`#s-file-${role}`);
  button.onclick = () => input.click();
  input.onchange = () => { if (input.files[0]) arrive(role, input.files[0]); input.value = ''; };
});

const roleNow = () => ({ photo: 'person', who: 'person', place: 'place', picture: 'place', keep: 'place' })[root.dataset.step];
const carriesFiles = (event) => event.dataTransfer && [...event.dataTransfer.types].includes('Files');
let hovering = 0;
root.addEventListener('dragenter', (event) => { if (carriesFiles(event)) { hovering += 1; root.classList.add('hovered'); } });
root.addEventListener('dragleave', () => { hovering = Math.max(0, hovering - 1); if (!hovering) root.classList.remove('hovered'); });
root.addEventListener('dragover', (event) => { if (carriesFiles(event)) event.preventDefault(); });
root.addEventListener('drop', (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  hovering = 0;
  root.classList.remove('hovered');
  if (event.dataTransfer.files[0]) arrive(roleNow(), event.dataTransfer.files[0]);
});
document.addEventListener('paste', (event) => {
  const file = [...(event.clipboardData?.files || [])][0];
  if (file) { event.preventDefault(); arrive(roleNow(), file); }
});

// --- camera ---
const camera = $('#s-camera');
let stream = null;
$('[data-camera]').onclick = async () => {
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1920 }, facingMode: 'user' } });
  } catch {
    return showTrouble('camera');
  }
  camera.querySelector('video').srcObject = stream;
  return camera.showModal();
};
camera.addEventListener('close', () => { stream?.getTracks().forEach((track) => track.stop()); stream = null; });
$('[data-unshoot]').onclick = () => camera.close();
$('[data-shoot]').onclick = async () => {
  const video = camera.querySelector('video');
  const canvas = Object.assign(document.createElement('canvas'), { width: video.videoWidth, height: video.videoHeight });
  canvas.getContext('2d').drawImage(video, 0, 0);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.95));
  camera.close();
  if (blob) arrive('person', new File([blob], 'camera.jpg', { type: 'image/jpeg' }));
};

// --- examples ---
function drawExamples() {
  for (const kind of ['person', 'place']) {
    $(`[data-examples="${kind}"]`).replaceChildren(...examples.filter((e) => e.kind === kind).map((example) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'example';
      const name = kind === 'person' ? say('example_person') : say(example.name);
      button.setAttribute('aria-label', say('use_example', { credit: creditOf(example), name }));
      const picture = Object.assign(new Image(), { src: example.thumbnail, alt: '' });
      const words = document.createElement('span');
      words.textContent = name;
      const credit = document.createElement('small');
      credit.textContent = creditOf(example);
      button.append(picture, words, credit);
      button.onclick = () => arrive(kind, null, example.name);
      return button;
    }));
  }
}
root.addEventListener('spoken', drawExamples);

$('#s-forget').onclick = () => doing(async () => {
  await call('forget');
  people = [];
  subjectSize = [1, 1];
  shown = null;
  lifted = null;
  wish = fresh();
  dropCut();
  $$('.whole, .moving img').forEach((picture) => { picture.removeAttribute('src'); });
  $('#s-agreed').checked = false;
  go('photo');
  tell(say('forgotten_now'));
});

element.setAttribute('data-studio', 'ready');
dress();
speak();
go('photo');
trigger('arrive');
welcome.then((message) => {
  token = message.token;
  limitMb = message.file_mb;
  examples = message.examples;
  drawExamples();
  root.dataset.open = 'yes';
});
