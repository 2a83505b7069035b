/**
 * Makes videos: a job on the server, asked after until it is done.
 */

import {ApiError, bytes, json} from './api.js';
import {$, button, clear, el, fileName, save, seconds, setBlob} from './dom.js';
import * as form from './form.js';
import {Progress} from './progress.js';

const PAUSE = 700;

/**
 * Makes a video of the form's settings.
 *
 * @param {AbortSignal} signal cancels the job
 */
export function makeVideo(signal) {
  const fields = form.settings();
  // Not aborted itself: the job would run on without a name by which to cancel it.
  return follow(() => json('v1/videos', {method: 'POST', body: fields}), signal);
}

/** The newest job that has not ended, as one that was begun before the page was loaded anew; undefined if none. */
export async function unfinished() {
  return (await json('v1/videos?limit=20')).data.find(runs);
}

/** Shows how far a job is, and the video at its end. */
export function followVideo(video, signal) {
  return follow(async () => video, signal);
}

const runs = (video) => video.status === 'queued' || video.status === 'in_progress';

async function follow(begin, signal) {
  ['compared', 'tiles', 'summary'].forEach((id) => clear($(id)));
  $('result').classList.remove('several');
  const progress = new Progress();
  progress.plan([{width: 1, height: 1, steps: 1}]);
  progress.tell('Sent');
  try {
    let video = await begin();
    const cancel = () => json(`v1/videos/${video.id}/cancel`, {method: 'POST'}).catch(() => {});
    signal.addEventListener('abort', cancel, {once: true});
    if (signal.aborted) {
      cancel();
      signal.throwIfAborted();
    }
    while (runs(video)) {
      if (video.status === 'queued') {
        progress.queued(video.position ?? 0);
      } else {
        progress.percent(video.progress, 'Making the video');
      }
      await pause(signal);
      video = await json(`v1/videos/${video.id}`, {signal});
    }
    signal.removeEventListener('abort', cancel);
    if (video.status !== 'completed') {
      throw new ApiError(video.error ?? {message: `The video is ${video.status}.`}, 0);
    }
    const blob = await bytes(`v1/videos/${video.id}/content`, {signal});
    progress.complete();
    progress.end('The video is finished.');
    showVideo(video, blob, progress.elapsed());
  } catch (failure) {
    progress.end(signal.aborted ? 'Cancelled.' : 'It failed.');
    throw failure;
  }
}

function showVideo(video, blob, total) {
  const [width, height] = video.size.split('x').map(Number);
  const player = el('video', {controls: true, loop: true, muted: true, playsInline: true});
  player.setAttribute('aria-label', video.prompt);
  // Whoever asked for less motion starts it by hand.
  player.autoplay = !matchMedia('(prefers-reduced-motion: reduce)').matches;
  setBlob(player, blob);
  const figure = el('figure', {className: 'tile'},
    el('div', {className: 'frame'}, player),
    el('figcaption', {},
      el('span', {}, `seed ${video.seed}, ${seconds(total)}`),
      el('span', {className: 'row'},
        button('Download', () => save(blob, fileName(video.prompt, video.seed, 'video/mp4'))),
        button('Use seed', () => form.useSeed(String(video.seed))))));
  figure.firstChild.style.aspectRatio = `${width} / ${height}`;
  figure.style.maxWidth = `min(560px, ${70 * width / height}vh)`;
  $('tiles').replaceChildren(figure);
  form.setLastSeed(String(video.seed));
}

function pause(signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, PAUSE);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, {once: true});
  });
}
