/* The one connection to the server: takes what it pushes, paints it, and notices when it stops.
 *
 * Words and states are the server's ("id" -> text, "id@name" -> data-name); this file decides only what the
 * server cannot know: that nothing arrives any more. It reconnects for ever, because nobody at a bedside
 * presses reload.
 */
'use strict';
window.dripwatch = window.dripwatch || {};

(() => {
  const LATE = 3000, LOST = 10000;           // ms without a message (reliability.md H26)
  const RETRY = [1000, 2000, 3000];          // ms before each attempt; the last for ever
  const ATTEMPT = 4000;                      // ms until an attempt that hangs is given up
  const CREEP = 2e-4;                        // two clocks may drift apart by 0.2 ms a second: not a delay
  const LOADING = 15000;                     // ms in which a busy start is not a pause worth a banner
  const TELL = 5000;                         // ms between two words that sound can be heard here
  const ASK = 1000;                          // ms between two requests for a full message
  const root = document.documentElement;
  const state = {socket: null, boot: null, n: null, zero: null, zeroAt: 0, contact: performance.now(), tries: 0,
                 opened: 0, asked: 0, told: 0, hiddenAt: null, fitted: '', ticked: performance.now(), skew: Date.now() - performance.now()};

  const element = (id) => document.getElementById(id);
  const text = (id, words) => {
    const target = element(id);
    if (target && target.textContent !== words) target.textContent = words;
  };

  // Painting

  function paint(view) {
    for (const [key, value] of Object.entries(view)) {
      const [id, name] = key.split('@'), target = element(id);
      if (!target) console.warn('dripwatch: no element for', key);
      else if (!name) text(id, value);
      else if (value === '') target.removeAttribute('data-' + name);
      else target.setAttribute('data-' + name, value);
    }
    if ('screen@pleth' in view) dripwatch.trends.take({});               // the charts make room, or take it back
    const strip = element('strip');
    fit(strip);
    strip.setAttribute('aria-live', strip.dataset.priority === 'high' ? 'assertive' : 'polite');
    // All flashing in step: every animation counts from the same zero.
    for (const animation of document.getAnimations()) animation.startTime = 0;
    dripwatch.sound.check();
  }

  /* The message as large as its place allows; the place itself never grows. */
  function fit(strip) {
    const words = strip.querySelector('.words');
    if (state.fitted === words.textContent + innerWidth) return;
    for (const size of ['', 'long', 'longest']) {
      strip.dataset.length = size;
      if (words.scrollHeight <= words.clientHeight) break;
    }
    state.fitted = words.textContent + innerWidth;
  }

  // Messages

  function take(message) {
    const delay = late(message.s);
    state.contact = Math.max(state.contact, performance.now() - delay);
    if (message.k === 'full') return full(message, delay);
    if (message.k === 'waves') return dripwatch.pleth.take(message.pleth, delay);
    if (message.n !== (message.k === 'beat' ? state.n : state.n + 1) || state.n === null) return ask();
    state.n = message.n;
    if (message.k === 'diff') {
      if (message.live) dripwatch.ages.take(message.live, delay);
      if (message.view) paint(message.view);
    } else if (message.k === 'trends') dripwatch.trends.take(message);
    watch();
  }

  function full(message, delay) {
    if (state.boot !== null && state.boot !== message.boot) return location.reload();
    Object.assign(state, {boot: message.boot, n: message.n, tries: 0, asked: 0});
    if ('screen@speed' in message.view) element('screen').dataset.speed = message.view['screen@speed'];
    dripwatch.ages.take(message.live, delay);
    dripwatch.pleth.begin();
    paint(message.view);
    if (message.trends) dripwatch.trends.take(message.trends);
    watch();
  }

  /* Milliseconds this message took longer than the quickest one of this connection. */
  function late(s) {
    const now = performance.now(), offset = now - s;
    const zero = state.zero === null ? offset : state.zero + (now - state.zeroAt) * CREEP;
    state.zero = Math.min(zero, offset);
    state.zeroAt = now;
    return offset - state.zero;
  }

  function ask() {
    const {socket} = state;
    if (!socket || socket.readyState !== WebSocket.OPEN || performance.now() - state.asked < ASK) return;
    state.asked = performance.now();
    socket.send('{"k":"full"}');
  }

  // Connecting, for ever

  function connect() {
    const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/live`);
    Object.assign(state, {socket, zero: null, n: null, asked: 0, opened: performance.now()});
    socket.onmessage = (event) => { if (socket === state.socket) take(JSON.parse(event.data)); };
    socket.onclose = () => { if (socket === state.socket) retry(); };
  }

  function retry() {
    const {socket} = state;
    state.socket = null;
    if (socket) socket.close();
    setTimeout(connect, RETRY[Math.min(state.tries++, RETRY.length - 1)]);
  }

  // The watchdog: every 250 ms, whatever else happens

  function watch() {
    const silent = performance.now() - state.contact;
    const link = silent >= LOST ? 'lost' : silent >= LATE ? 'late' : state.boot === null ? 'starting' : 'live';
    if (root.dataset.link !== link) root.dataset.link = link;
    const words = dripwatch.ages.words(Math.floor(silent / 1000));
    text('link', {live: 'Live', starting: 'Starting', late: 'No contact', lost: 'LINK LOST'}[link]);
    text('link-banner', link === 'late' ? `NO CONTACT WITH DRIPWATCH FOR ${words}` : '');
    text('lost-for', link === 'lost' ? `no contact with Dripwatch for ${words}` : '');
    dripwatch.ages.check();
    dripwatch.sound.check(link === 'lost' ? silent : 0);
  }

  function tick() {
    const now = performance.now(), skew = Date.now() - now;
    // A gap in our own ticks, or a wall clock that ran on without us: this page slept.
    if (now - state.ticked > LATE || Math.abs(skew - state.skew) > LATE) woke(Math.max(now - state.ticked, skew - state.skew));
    Object.assign(state, {ticked: now, skew});
    watch();
    tell(now);
    const {socket} = state, since = now - Math.max(state.contact, state.opened);
    if (socket && (socket.readyState === WebSocket.CONNECTING ? now - state.opened > ATTEMPT : since > LOST)) retry();
  }

  /* Alarms can be heard here. Said by our own tick: a page that is frozen or throttled is none to rely on. */
  function tell(now) {
    if (state.socket?.readyState !== WebSocket.OPEN || !dripwatch.sound.running() || now - state.told < TELL) return;
    state.told = now;
    state.socket.send('heard');
  }

  function woke(slept) {
    dripwatch.ages.expire();
    dripwatch.pleth.stop();
    ask();
    if (slept < LATE || performance.now() < LOADING) return;
    text('paused-banner', `THIS DISPLAY WAS PAUSED FOR ${dripwatch.ages.words(Math.floor(slept / 1000))}`);
    setTimeout(() => text('paused-banner', ''), 8000);
  }

  function seen() {
    if (document.hidden) { state.hiddenAt = performance.now(); return; }
    woke(state.hiddenAt === null ? 0 : performance.now() - state.hiddenAt);
    state.hiddenAt = null;
    state.ticked = performance.now();
    stayAwake();
  }

  const stayAwake = () => navigator.wakeLock?.request('screen').catch(() => {});

  function start() {
    if (!element('screen')) return setTimeout(start, 20);   // Dash has not painted the layout yet
    state.ticked = performance.now();
    connect();
    stayAwake();
    setInterval(tick, 250);
    document.addEventListener('visibilitychange', seen);
    addEventListener('resize', () => fit(element('strip')));
    addEventListener('pageshow', (event) => { if (event.persisted) seen(); });
    addEventListener('resume', seen);
  }

  root.lang = 'en';
  root.dataset.link = 'starting';
  start();
})();
