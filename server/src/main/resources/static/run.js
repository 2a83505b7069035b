/**
 * Makes pictures and shows them as they come: the events of a request become previews, progress and results.
 */

import {ApiError, events, request, toBlob} from './api.js';
import {compareView} from './compare.js';
import {$, button, clear, count, el, enlarge, fileName, save, seconds, setBlob} from './dom.js';
import * as form from './form.js';
import * as input from './input.js';
import {Progress} from './progress.js';

/** The place of one picture: blank, then its previews, then itself. */
class Tile {
  #frame = el('div', {className: 'frame'});
  #caption = el('figcaption');
  #prompt;
  element;
  /** @type {Blob|null} */
  blob = null;
  completed = null;

  constructor(fields, title) {
    this.#prompt = fields.prompt;
    this.title = title;
    // Small models make small pictures; they may be shown larger, but not as large as the window.
    this.#frame.style.aspectRatio = `${fields.width} / ${fields.height}`;
    this.element = el('figure', {className: 'tile'}, this.#frame, this.#caption);
    this.element.style.maxWidth = `min(${Math.max(fields.width, 560)}px, ${70 * fields.width / fields.height}vh)`;
    this.#caption.textContent = title;
  }

  async #put(blob, alt) {
    const image = el('img', {alt});
    setBlob(image, blob);
    // Decoded before it is shown, so that the former one stays until then.
    await image.decode().catch(() => {});
    const former = [...this.#frame.querySelectorAll('img')];
    this.#frame.append(image);
    former.slice(0, -1).forEach((old) => {
      URL.revokeObjectURL(old.src);
      old.remove();
    });
    // The one below is no longer a picture for those who hear the page.
    former.at(-1)?.setAttribute('alt', '');
    return image;
  }

  async preview(blob, stage) {
    this.element.dataset.stage = stage;
    await this.#put(blob, `Preview at stage ${stage}: ${this.#prompt}`);
    this.#caption.textContent = [this.title, `Preview, stage ${stage}`].filter(Boolean).join(': ');
  }

  async complete(blob, event, fields) {
    this.blob = blob;
    this.completed = event;
    delete this.element.dataset.stage;
    const image = await this.#put(blob, this.#prompt);
    const name = fileName(this.#prompt, event.seed, blob.type);
    const facts = [`seed ${event.seed}`];
    // The server's time is that of all pictures of a request.
    if (fields.n === 1 && event.inference_time_s !== undefined) {
      facts.push(`made in ${seconds(event.inference_time_s)}`);
    }
    this.#caption.replaceChildren(
      el('span', {}, [this.title, ...facts].filter(Boolean).join(', ')),
      el('span', {className: 'row'},
        button('Download', () => save(blob, name)),
        button('Enlarge', () => enlarge(image)),
        button('Use seed', () => form.useSeed(event.seed)),
        ...(form.model()?.takes_image
          ? [button('Use as input', () => input.use(blob, name).then(() => $('strength').focus()))] : [])));
  }

  cancelled(text) {
    if (!this.blob) {
      this.element.classList.add('stopped');
      this.#caption.textContent = [this.title, text].filter(Boolean).join(': ');
    }
  }

  get blank() {
    return this.#frame.childElementCount === 0;
  }
}

/**
 * Makes the pictures of the form's settings, under two plans where they are compared.
 *
 * @param {AbortSignal} signal leaves the request, which cancels it on the server too
 */
export async function makePictures(signal) {
  const fields = form.settings();
  const picture = input.fields();
  const jobs = form.comparing()
    ? [fields, {...fields, plan: form.secondPlan()}].map((each) => ({...each, n: 1}))
    : [fields];
  const tiles = jobs.map((job) =>
    Array.from({length: job.n ?? 1}, (_, index) => new Tile(job, title(jobs, job, index))));
  const number = tiles.flat().length;
  ['compared', 'tiles', 'summary'].forEach((id) => clear($(id)));
  $('tiles').append(...tiles.flat().map((tile) => tile.element));
  $('tiles').style.setProperty('--columns', number === 2 || number === 4 ? 2 : Math.min(3, number));
  $('result').classList.toggle('several', number > 1);

  const progress = new Progress();
  const state = {progress, preview: null, warnings: new Set()};
  try {
    for (const [index, job] of jobs.entries()) {
      if (index > 0) {
        // The same noise for both, also where the seed was left to the server.
        job.seed = tiles[0][0].completed.seed;
      }
      await makeOne(job, picture, tiles[index], jobs, state, signal);
    }
  } catch (failure) {
    const text = signal.aborted ? 'Cancelled' : 'Failed';
    tiles.flat().forEach((tile) => tile.blank ? tile.element.remove() : tile.cancelled(text));
    progress.end(signal.aborted ? 'Cancelled.' : 'It failed.');
    throw failure;
  }
  progress.complete();
  progress.end(number > 1 ? `${number} pictures are finished.` : 'The picture is finished.');
  summarise(tiles.flat(), progress.elapsed(), state);
  if (jobs.length > 1) {
    compare(jobs, tiles.flat());
  }
}

function title(jobs, job, index) {
  if (jobs.length > 1) {
    return job.plan;
  }
  return job.n > 1 ? `Picture ${index + 1}` : '';
}

async function makeOne(job, picture, tiles, jobs, state, signal) {
  const {progress} = state;
  const which = (index) => jobs.length > 1 ? `Plan ${job.plan}`
    : job.n > 1 ? `Picture ${Math.min(index + 1, job.n)} of ${job.n}` : '';
  progress.plan(form.stagesOf(job.plan));
  progress.tell('Sent');
  const asked = {...job, stream: true, partial_images: 3, progress: true};
  const response = await (picture
    ? request('v1/images/edits', {method: 'POST', body: multipart({...asked, ...picture}), signal})
    : request('v1/images/generations', {method: 'POST', body: asked, signal}));
  let finished = 0;
  for await (const {type, data} of events(response)) {
    // The names begin with image_generation or image_edit, whose events are alike.
    switch (type === 'error' ? type : type.slice(type.indexOf('.') + 1)) {
      case 'error':
        throw new ApiError(data.error ?? data, 0);
      case 'queued':
        progress.queued(data.position);
        break;
      case 'step':
        progress.step(data, which(data.image_index ?? finished));
        break;
      case 'partial_image':
        state.preview ??= progress.elapsed();
        await tiles[data.image_index ?? Math.min(finished, tiles.length - 1)]
          .preview(toBlob(data.b64_json, data.output_format), data.stage);
        break;
      case 'completed': {
        const tile = tiles[data.index ?? finished];
        finished++;
        await tile.complete(toBlob(data.b64_json, data.output_format), data, job);
        form.setLastSeed(data.seed);
        (data.warnings ?? []).forEach((warning) => state.warnings.add(warning));
        break;
      }
      default:
        // A later server may tell more.
    }
  }
  if (finished < tiles.length) {
    throw new ApiError({message: 'The server ended the answer before the picture was finished.'}, 0);
  }
}

function multipart(fields) {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    data.append(name, value);
  }
  return data;
}

function summarise(tiles, total, {preview, warnings}) {
  const facts = [];
  if (preview !== null) {
    facts.push(['First preview', seconds(preview)]);
  }
  facts.push([tiles.length > 1 ? 'All pictures' : 'Picture', seconds(total)]);
  const durations = Object.values(tiles[0].completed.stage_durations ?? {});
  if (tiles.length === 1 && durations.length > 1) {
    const parts = durations.map((duration) => duration.toFixed(2)).join(' + ');
    facts.push([count(durations.length, 'stage'), `${parts} s`]);
  }
  $('summary').replaceChildren(
    el('dl', {className: 'facts'},
      ...facts.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value)))),
    ...[...warnings].map((warning) => el('p', {className: 'hint warning'}, warning)));
}

function compare(jobs, tiles) {
  const sides = tiles.map((tile, index) => ({
    name: jobs[index].plan,
    blob: tile.blob,
    time: tile.completed.inference_time_s,
    expected: form.speedUpOf(jobs[index].plan),
  }));
  $('compared').replaceChildren(compareView(sides[0], sides[1], jobs[0]));
  $('compared').scrollIntoView({block: 'nearest'});
}
