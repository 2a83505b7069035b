/**
 * The page of the server: wires form, result and gallery, and shows errors.
 */

import {ApiError, json, useKey} from './api.js';
import {$} from './dom.js';
import * as form from './form.js';
import * as gallery from './gallery.js';
import * as input from './input.js';
import {makePictures} from './run.js';
import {followVideo, makeVideo, unfinished} from './video.js';

/** @type {AbortController|null} the run that is going on */
let running = null;
let hasVideos = false;
let waitTimer;

async function load() {
  const models = (await json('v1/models')).data;
  hasVideos = models.some((model) => model.kind === 'video');
  form.setModels(models);
  offerInputs();
  await gallery.reload(hasVideos);
  const video = hasVideos && !running ? await unfinished() : undefined;
  if (video && !running) {
    run((signal) => followVideo(video, signal)); // not waited for: the page is ready
  }
}

/** Pictures can be taken as input only by a model that takes some. */
function offerInputs() {
  document.body.classList.toggle('no-input', !form.model()?.takes_image);
}

async function make() {
  if (running) {
    return;
  }
  hideError();
  if (!form.model()) {
    // The server did not answer before; perhaps it does now.
    load().catch(showError);
    return;
  }
  const missing = form.model().kind === 'video' ? null : input.missing();
  if (missing) {
    showError(new Error(missing));
    return;
  }
  // On a phone the result lies below the form.
  if (matchMedia('(max-width: 56rem)').matches) {
    $('result').scrollIntoView({block: 'start'});
  }
  await run(form.model().kind === 'video' ? makeVideo : makePictures);
}

/** One run at a time; its end is shown in the gallery too. */
async function run(task) {
  running = new AbortController();
  $('make').setAttribute('aria-disabled', 'true');
  document.title = 'Making… bottleneck4j';
  try {
    await task(running.signal);
    await gallery.reload(hasVideos);
  } catch (failure) {
    if (!running.signal.aborted) {
      showError(failure);
    }
  } finally {
    running = null;
    $('make').removeAttribute('aria-disabled');
    document.title = 'bottleneck4j';
  }
}

function cancel() {
  running?.abort();
}

/** Shows an error as the server words it. */
function showError(error) {
  hideError();
  const detail = [error.type, error.code, error.param].filter(Boolean).join(', ');
  $('alert-box').hidden = false;
  $('alert').textContent = detail ? `${error.message} (${detail})` : error.message;
  if (error instanceof ApiError) {
    form.markInvalid(error.param);
    if (error.status === 401) {
      $('key-form').hidden = false;
      $('key').focus();
    }
    if (error.retryAfter !== null) {
      wait(error.retryAfter);
    }
  }
}

/** Counts down what the server asks to wait. A timer is not announced, so it may change every second. */
function wait(seconds) {
  const until = Date.now() + 1000 * seconds;
  const tick = () => {
    const left = Math.ceil((until - Date.now()) / 1000);
    $('alert-wait').textContent = left > 0 ? `Try again in ${left} s.` : 'You can try again now.';
    if (left <= 0) {
      clearInterval(waitTimer);
    }
  };
  $('alert-wait').hidden = false;
  waitTimer = setInterval(tick, 1000);
  tick();
}

function hideError() {
  clearInterval(waitTimer);
  form.clearInvalid();
  $('alert-box').hidden = true;
  $('alert-wait').hidden = true;
  $('alert').textContent = '';
}

function startTheme() {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const isDark = () => (document.documentElement.dataset.theme ?? (dark.matches ? 'dark' : 'light')) === 'dark';
  const tell = () => $('theme').setAttribute('aria-pressed', String(isDark()));
  $('theme').addEventListener('click', () => {
    const chosen = isDark() ? 'light' : 'dark';
    document.documentElement.dataset.theme = chosen;
    try {
      localStorage.setItem('theme', chosen);
    } catch {
      // It holds for this visit then.
    }
    tell();
  });
  dark.addEventListener('change', tell);
  tell();
}

form.start(showError);
startTheme();
$('make-form').addEventListener('submit', (event) => {
  event.preventDefault();
  make();
});
$('model').addEventListener('change', offerInputs);
$('cancel').addEventListener('click', cancel);
$('alert-close').addEventListener('click', () => {
  hideError();
  $('prompt').focus();
});
$('key-form').addEventListener('submit', (event) => {
  event.preventDefault();
  useKey($('key').value.trim());
  $('key').value = '';
  $('key-form').hidden = true;
  hideError();
  load().then(() => $('prompt').focus(), showError);
});
document.addEventListener('problem', (event) => showError(event.detail));
document.addEventListener('keydown', (event) => {
  if (document.querySelector('dialog[open]')) {
    return;
  }
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    $('make-form').requestSubmit();
  } else if (event.key === 'Escape') {
    cancel();
  }
});
load().catch(showError);
