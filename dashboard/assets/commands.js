/* Clicks: each becomes a command for the server and says what became of it. It never paints the outcome:
 * the screen changes when the station has changed, on every screen alike.
 */
'use strict';
window.dripwatch = window.dripwatch || {};

(() => {
  const ANSWER = 3000;                         // ms until an answer is overdue
  const SHOWN = 10000;                         // ms an answer stays
  const RECENT = 5;
  const NOT_SENT = 'NOT SENT – no contact with Dripwatch';
  const NO_ANSWER = 'NOT CONFIRMED – no answer from Dripwatch';
  const root = document.documentElement;
  const element = (id) => document.getElementById(id);
  let click = Date.now(), typed = '', overdue = 0, fading = 0;

  function stored(key, value) {
    try {
      if (value !== undefined) localStorage.setItem('dripwatch-' + key, JSON.stringify(value));
      return JSON.parse(localStorage.getItem('dripwatch-' + key));
    } catch { return null; }                   // no storage: the choice lasts as long as the page
  }

  // Commands

  function send({command, ids = '', seen, seconds}) {
    if (root.dataset.link !== 'live') return say('failed', NOT_SENT);
    ++click;
    say('sending', 'sending …');
    clearTimeout(overdue);
    overdue = setTimeout(() => say('failed', NO_ANSWER), ANSWER);
    const occurrences = ids.split(',').filter(Boolean).map(Number);
    try {
      const data = {command, occurrences, who: who || 'bedside', click};
      if (seen) data.seen = seen;
      if (seconds !== undefined) data.seconds = seconds === '' ? null : Number(seconds);
      dash_clientside.set_props('command', {data});
    } catch { say('failed', NOT_SENT); }
  }

  function say(state, words) {
    element('answer').dataset.state = state;
    element('sending').textContent = words;
    clearTimeout(fading);
    if (state !== 'sending') fading = setTimeout(() => { element('answer').dataset.state = ''; }, SHOWN);
  }

  /* The server's words are in #said, with the click they answer. */
  function heard() {
    const answer = document.querySelector('#said [data-click]');
    if (!answer || answer.dataset.click !== String(click)) return;
    clearTimeout(overdue);
    say(answer.dataset.state, answer.textContent);
  }

  /* Why there was this alarm: words of the server, for people who ask. */
  function explain(occurrence) {
    element('receipt-words').textContent = '…';
    element('receipt').show();
    dash_clientside.set_props('asked', {data: {occurrence, click: ++click}});
  }

  // Who

  let who = stored('who') || '';

  function choose(initials) {
    who = initials;
    stored('who', who);
    if (who) stored('recent', [who, ...(stored('recent') || []).filter((other) => other !== who)].slice(0, RECENT));
    element('who-name').textContent = who || 'bedside';
    if (element('who').open) element('who').close();
  }

  function type(key) {
    typed = key === 'Backspace' ? typed.slice(0, -1) : (typed + key.toUpperCase()).slice(0, 4);
    element('who-typed').textContent = typed;
    element('who-ok').disabled = !typed;
    element('who-typed').focus();              // so that Enter means OK, not the last key again
  }

  function ask() {
    typed = '';
    element('who-recent').replaceChildren(...(stored('recent') || []).map((initials) => {
      const button = document.createElement('button');
      Object.assign(button, {type: 'button', textContent: initials});
      button.dataset.recent = initials;
      return button;
    }));
    element('who').show();                     // not modal: an alarm behind it can be acknowledged
    type('');
  }

  // Night

  function theme(name) {
    root.dataset.theme = name;
    stored('theme', name);
    if (element('theme-state')) element('theme-state').textContent = name === 'night' ? 'on' : 'off';
  }

  const buttons = {
    'who-open': ask,
    'interval-open': () => element('intervals').show(),
    'devices-open': () => element('devices').show(),
    'sound-open': () => element('sounds').show(),
    'who-delete': () => type('Backspace'),
    'who-nobody': () => choose(''),
    'who-cancel': () => element('who').close(),
    'who-ok': () => choose(typed),
    theme: () => theme(root.dataset.theme === 'night' ? '' : 'night'),
  };

  /* What a finger goes down on is what it means, whatever stands there when it is lifted. */
  let meant = {};
  const changed = new WeakMap(), SETTLED = 500;   // ms: nobody has seen what came in the moment of the touch
  new MutationObserver((changes) => {
    for (const {target} of changes) changed.set(target, performance.now());
  }).observe(document, {subtree: true, attributeFilter: ['data-ids', 'data-seen']});
  addEventListener('pointerdown', ({target}) => {
    const button = target.closest('button');
    meant = button ? {button, data: {...button.dataset}} : {};
  }, true);
  addEventListener('click', ({target}) => {
    const button = target.closest('button, [role="button"]');
    if (!button) return;
    if (button.dataset.closes) element(button.dataset.closes).close();
    const data = meant.button === button ? meant.data : button.dataset;
    meant = {};
    if (data.ids && performance.now() - (changed.get(button) || 0) < SETTLED) say('refused', 'The alarm has just changed: look again');
    else if (data.command) send(data);
    else if (button.dataset.key) type(button.dataset.key);
    else if (button.dataset.recent) choose(button.dataset.recent);
    else if (button.dataset.occurrence) explain(Number(button.dataset.occurrence));
    else buttons[button.id]?.();
  });
  addEventListener('keydown', (event) => {
    if (!element('who')?.open || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^[a-z0-9]$/i.test(event.key) || event.key === 'Backspace') type(event.key);
    else if (event.key === 'Escape') element('who').close();
    else if (event.key === 'Enter' && typed && !event.target.closest('button')) choose(typed);
  });

  theme(stored('theme') || '');
  (function start() {
    if (!element('said')) return setTimeout(start, 20);
    new MutationObserver(heard).observe(element('said'), {childList: true, subtree: true, characterData: true, attributes: true});
    choose(who);
    theme(root.dataset.theme);
  })();
})();
