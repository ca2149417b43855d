/* Alarm sounds: the second channel (the station's own is the first).
 *
 * The server says what is to be heard (data-sound of the screen); a lost link is a medium alarm of the
 * browser's own. A browser may refuse sound until somebody touches the page: that is watched and shown.
 */
'use strict';
window.dripwatch = window.dripwatch || {};

dripwatch.sound = (() => {
  const RANKS = ['', 'low', 'medium', 'high'];
  const PAUSE = 120000;                            // ms: no audio pause outlasts a lost link by more
  const HERE = ['localhost', '127.0.0.1', '[::1]'].includes(location.hostname);
  const log = window.dripwatchSound = {bursts: []};
  const root = document.documentElement;
  let table = null, context = null, playing = null, current = '', due = 0, reminded = null, lost = 0;

  /* The numbers of alerts/tones.py, in seconds: both channels sound alike. */
  const sounds = () => table ??= JSON.parse(document.getElementById('screen').dataset.tones);

  function open() {
    try {
      context = new AudioContext();
      context.onstatechange = () => check();
    } catch (error) { console.warn('dripwatch: no sound', error); }
  }

  const running = () => context !== null && context.state === 'running';

  /* The station's own sound, heard from this very computer: a second one beside it would blur its rhythm. */
  const covered = () => HERE && !lost && document.getElementById('screen').dataset.station === 'heard';

  function burst(priority) {
    log.bursts.push({time: Date.now(), priority, heard: running()});
    if (log.bursts.length > 200) log.bursts.shift();
    if (!running()) return;
    stop();
    playing = pulses(context, priority, context.currentTime + 0.01);
    playing.connect(context.destination);
  }

  const alarm = (priority) => { if (!covered()) burst(priority); };

  /* A burst that begins at `at` in the time of `audio`. */
  function pulses(audio, priority, at) {
    const {pitch, pulse, gaps} = sounds().tones[priority], {harmonics} = sounds(), out = audio.createGain();
    const wave = audio.createPeriodicWave(new Float32Array(harmonics.length + 1), new Float32Array([0, ...harmonics]));
    for (const gap of [...gaps, 0]) {
      beep(audio, wave, pitch, at, pulse).connect(out);
      at += pulse + gap;
    }
    return out;
  }

  function beep(audio, wave, pitch, at, length) {
    const tone = audio.createOscillator(), shape = audio.createGain(), {rise, level} = sounds();
    tone.setPeriodicWave(wave);
    tone.frequency.value = pitch;
    shape.gain.setValueAtTime(0, at);
    shape.gain.linearRampToValueAtTime(level, at + length * rise);
    shape.gain.setValueAtTime(level, at + length * (1 - rise));
    shape.gain.linearRampToValueAtTime(0, at + length);
    tone.connect(shape);
    tone.start(at);
    tone.stop(at + length);
    return shape;
  }

  function stop() {
    if (!playing) return;
    const old = playing;
    old.gain.setTargetAtTime(0, context.currentTime, 0.01);
    setTimeout(() => old.disconnect(), 100);
    playing = null;
  }

  /* What should be heard now. A known pause silences the lost link too, but never for longer than a pause lasts. */
  function wanted() {
    const {sound = ''} = document.getElementById('screen').dataset;
    const paused = document.getElementById('pause').dataset.state === 'on';
    if (!lost || (paused && lost < PAUSE)) return sound;
    return RANKS.indexOf(sound) > RANKS.indexOf('medium') ? sound : 'medium';
  }

  const every = (level) => sounds().tones[level].every * 1000;

  function check(silent) {
    if (silent !== undefined) lost = silent;
    if (!document.getElementById('screen')) return;
    const level = wanted(), now = performance.now(), {remind = ''} = document.getElementById('screen').dataset;
    if (level !== current) {
      if (RANKS.indexOf(level) > RANKS.indexOf(current)) due = 0;
      else stop();
      if (level && due) due = now + every(level);
      current = level;
    }
    if (level && now >= due) {
      alarm(level);
      due = now + every(level);
    }
    if (reminded !== null && remind !== reminded && remind !== '' && document.getElementById('pause').dataset.state !== 'on') alarm('high');
    reminded = document.documentElement.dataset.link === 'starting' ? null : remind;
    show(level);
  }

  function show(level) {
    const {confirmed = '', unheard = ''} = document.getElementById('screen').dataset;
    const blocked = !running() && !covered(), paused = document.getElementById('pause').dataset.state === 'on';
    root.dataset.audio = blocked || unheard ? 'blocked' : 'running';
    root.dataset.sound = level;
    const words = blocked ? 'SOUND BLOCKED – touch the screen' : unheard ? 'SOUND OFF' : paused ? 'Audio paused' : 'Sound on';
    for (const [id, text] of [['sound', words], ['sound-state', blocked ? 'blocked' : unheard ? 'nothing is heard' : confirmed ? `heard by ${confirmed}` : 'not tested'],
                              ['sound-banner', blocked && level ? words : '']]) {
      const element = document.getElementById(id);
      if (element && element.textContent !== text) element.textContent = text;
    }
  }

  function unlock() {
    if (context === null) open();
    if (!running()) context?.resume().then(() => { due = 0; check(); });   // heard at once, not at the next burst
  }

  open();
  // A finger allows sound only when it is lifted, a mouse and a key at once.
  for (const gesture of ['pointerdown', 'pointerup', 'click', 'keydown']) addEventListener(gesture, unlock, true);
  return {check, running, pulses};
})();
