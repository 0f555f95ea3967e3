// Words in the reader's language, and light or dark. Both are remembered in the browser only.
const $ = (selector) => element.querySelector(selector);
const $$ = (selector) => [...element.querySelectorAll(selector)];
const root = $('.studio');
const remembered = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
const remember = (key, value) => { try { localStorage.setItem(key, value); } catch { /* private window */ } };
let language = remembered('studio-language') || ((navigator.language || 'en').toLowerCase().startsWith('fr') ? 'fr' : 'en');

const say = (key, values = {}) =>
  (WORDS[language][key] ?? WORDS.en[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
const tell = (text) => { $('#s-status').textContent = text; };

function speak() {
  document.documentElement.lang = language;
  root.lang = language;
  $$('[data-w]').forEach((node) => { node.textContent = say(node.dataset.w); });
  $$('[data-wl]').forEach((node) => { node.setAttribute('aria-label', say(node.dataset.wl)); });
  $$('[data-wa]').forEach((node) => { node.alt = say(node.dataset.wa); });
  $('#s-language').textContent = say('other_language');
  $('#s-language').lang = language === 'fr' ? 'en' : 'fr';
  $('#s-theme').title = say('theme');
  root.dispatchEvent(new Event('spoken'));
}

$('#s-language').onclick = () => {
  language = language === 'fr' ? 'en' : 'fr';
  remember('studio-language', language);
  speak();
};

const dark = matchMedia('(prefers-color-scheme: dark)');
function dress() {
  const theme = remembered('studio-theme') || (dark.matches ? 'dark' : 'light');
  document.documentElement.dataset.studio = theme;
}
dark.addEventListener('change', dress);
$('#s-theme').onclick = () => {
  remember('studio-theme', document.documentElement.dataset.studio === 'dark' ? 'light' : 'dark');
  dress();
};
