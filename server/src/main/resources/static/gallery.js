/**
 * What the server keeps: finished pictures and videos, newest first.
 */

import {bytes, json, request} from './api.js';
import {
  $, button, clear, confirmDelete, count, el, enlarge, fileName, save, say, seconds, setBlob, times,
} from './dom.js';
import * as form from './form.js';
import * as input from './input.js';

const PAGE = 12;

/** Pictures are fetched when they come near the window. */
const nearby = new IntersectionObserver((entries) => {
  for (const entry of entries.filter((each) => each.isIntersecting)) {
    nearby.unobserve(entry.target);
    entry.target.dispatchEvent(new Event('near'));
  }
}, {rootMargin: '300px'});

/** A list of one kind of things, with a button for its next page. */
class Shelf {
  #path;
  #card;
  #list;
  #more;
  #last = null;
  #shown = new Set();

  constructor(path, list, more, card) {
    this.#path = path;
    this.#list = $(list);
    this.#more = $(more);
    this.#card = card;
    this.#more.addEventListener('click', () => {
      const before = this.#list.childElementCount;
      this.#next()
        .then(() => this.#list.children[before]?.querySelector('button')?.focus())
        .catch(problem);
    });
  }

  /** Adds what is new at the front; what is shown stays, so that its pictures are not fetched again. */
  async reload() {
    const page = await json(`${this.#path}?limit=${PAGE}`);
    const known = page.data.findIndex((item) => this.#shown.has(item.id));
    if (known < 0) {
      clear(this.#list);
      this.#shown.clear();
      this.#end(page);
    }
    this.#list.prepend(...this.#cards(known < 0 ? page.data : page.data.slice(0, known)));
    return this.#list.childElementCount;
  }

  async #next() {
    const get = (id) => json(`${this.#path}?limit=${PAGE}${id ? `&after=${encodeURIComponent(id)}` : ''}`);
    const page = await get(this.#last).catch((error) => {
      if (error.status !== 404) {
        throw error;
      }
      // The last one was deleted or has expired; the last that is shown does as well.
      return get(this.#list.lastElementChild?.dataset.id);
    });
    this.#list.append(...this.#cards(page.data));
    this.#end(page);
  }

  #cards(items) {
    // An id is only known once it is finished: what still runs may come later.
    const finished = items.filter((item) => item.status === 'completed' && !this.#shown.has(item.id));
    finished.forEach((item) => this.#shown.add(item.id));
    return finished.map((item) => {
      const card = this.#card(item);
      card.dataset.id = item.id;
      return card;
    });
  }

  #end(page) {
    this.#last = page.last_id;
    this.#more.hidden = !page.has_more;
  }
}

let pictures = null;
let videos = null;

const problem = (error) => document.dispatchEvent(new CustomEvent('problem', {detail: error}));

/** Shows what is there now. */
export async function reload(withVideos) {
  pictures ??= new Shelf('v1/images', 'gallery-list', 'gallery-more', pictureCard);
  const number = await pictures.reload();
  let videoNumber = 0;
  if (withVideos) {
    videos ??= new Shelf('v1/videos', 'videos-list', 'videos-more', videoCard);
    videoNumber = await videos.reload();
  }
  $('videos').hidden = videoNumber === 0;
  $('gallery-empty').hidden = number + videoNumber > 0;
}

function pictureCard(item) {
  const variants = item.data.length;
  let shown = 0;
  const blobs = [];
  const load = async (index) => blobs[index] ??= await bytes(`v1/images/${item.id}/content?variant=${index}`);
  const image = el('img', {alt: item.prompt});
  const open = el('button', {type: 'button', className: 'frame', 'aria-label': `Enlarge: ${item.prompt}`}, image);
  open.style.aspectRatio = `${item.width} / ${item.height}`;
  open.addEventListener('click', () => enlarge(image));
  const seed = el('dd');
  const show = async (index) => {
    shown = index;
    seed.textContent = item.data[index].seed ?? item.seed;
    setBlob(image, await load(index));
  };
  seed.textContent = item.data[0]?.seed ?? item.seed;
  open.addEventListener('near', () => show(0).catch(problem));
  nearby.observe(open);
  const seedNow = () => item.data[shown].seed ?? item.seed;
  const name = (blob) => fileName(item.prompt, seedNow(), blob.type);

  const actions = [
    button('Again', () => again({...item, seed: seedNow()}, item.kind === 'edit')),
    button('Use as input', () => load(shown)
      .then((blob) => input.use(blob, name(blob)))
      .then(() => toForm('strength'))
      .catch(problem), {className: 'small takes-image'}),
    button('Download', () => load(shown).then((blob) => save(blob, name(blob))).catch(problem)),
    button('Delete', () => remove(card, `v1/images/${item.id}`, count(variants, 'picture')).catch(problem)),
  ];
  const card = el('li', {className: 'card'}, open,
    variants > 1 ? variantButtons(variants, (index) => show(index).catch(problem)) : null,
    el('p', {className: 'prompt', title: item.prompt}, item.prompt),
    factList([
      ['Plan', item.plan], ['Size', times(item.width, item.height)], ['Seed', seed],
      ['Time', item.inference_time_s === undefined ? null : workTime(item)],
      ['Model', item.model], ['Strength', item.strength], ['Guidance', item.guidance_scale],
      ['True CFG', item.true_cfg_scale], ['Steps', item.num_inference_steps], ['LoRA', item.lora],
      ['Not', item.negative_prompt], ['Made', made(item)],
    ]),
    el('div', {className: 'row'}, ...actions));
  return card;
}

function workTime(item) {
  const stages = Object.values(item.stage_durations ?? {});
  const parts = stages.length > 1 ? ` (${stages.map((duration) => duration.toFixed(2)).join(' + ')})` : '';
  return seconds(item.inference_time_s) + parts;
}

function videoCard(item) {
  const [width, height] = item.size.split('x').map(Number);
  const player = el('video', {controls: true, loop: true, muted: true, playsInline: true});
  player.setAttribute('aria-label', item.prompt);
  const frame = el('div', {className: 'frame'}, player);
  frame.style.aspectRatio = `${width} / ${height}`;
  let blob = null;
  const load = async () => blob ??= await bytes(`v1/videos/${item.id}/content`);
  frame.addEventListener('near', () => load().then((content) => setBlob(player, content)).catch(problem));
  nearby.observe(frame);
  const card = el('li', {className: 'card'}, frame,
    el('p', {className: 'prompt', title: item.prompt}, item.prompt),
    factList([['Plan', item.plan], ['Size', times(width, height)], ['Seed', item.seed], ['Seconds', item.seconds],
      ['Model', item.model], ['Made', made(item)]]),
    el('div', {className: 'row'},
      button('Again', () => again(item, false)),
      button('Download', () => load()
        .then((content) => save(content, fileName(item.prompt, item.seed, 'video/mp4'))).catch(problem)),
      button('Delete', () => remove(card, `v1/videos/${item.id}`, '1 video').catch(problem))));
  return card;
}

function variantButtons(number, choose) {
  const row = el('div', {className: 'row variants', role: 'group', 'aria-label': 'Which picture'});
  for (let index = 0; index < number; index++) {
    const pick = button(String(index + 1), () => {
      row.querySelectorAll('button').forEach((each) => each.setAttribute('aria-pressed', String(each === pick)));
      choose(index);
    }, {'aria-pressed': String(index === 0), 'aria-label': `Picture ${index + 1}`});
    row.append(pick);
  }
  return row;
}

function factList(facts) {
  return el('dl', {}, ...facts
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => el('div', {},
      el('dt', {}, name),
      value instanceof Node ? value : el('dd', {}, String(value)))));
}

function made(item) {
  const date = new Date(1000 * (item.completed_at ?? item.created_at));
  const text = date.toLocaleString([], {dateStyle: 'medium', timeStyle: 'short'});
  return el('dd', {}, el('time', {dateTime: date.toISOString()}, text));
}

function again(item, hadInput) {
  form.fill(item);
  toForm('prompt');
  say(hadInput && !input.size()
    ? 'The settings are in the form. The input picture is not kept: add it again.' : 'The settings are in the form.');
  if (hadInput && !input.size()) {
    problem(new Error('This one began from an input picture, which is not kept: add it again.'));
  }
}

function toForm(id) {
  $('make-form').scrollIntoView({block: 'start'});
  $(id).focus({preventScroll: true});
}

async function remove(card, path, what) {
  if (!await confirmDelete(`Delete ${what}? This cannot be undone.`)) {
    return;
  }
  await request(path, {method: 'DELETE'});
  const next = card.nextElementSibling ?? card.previousElementSibling;
  clear(card);
  card.remove();
  (next?.querySelector('button') ?? $('prompt')).focus();
  $('gallery-empty').hidden = document.querySelector('.card') !== null;
  say('Deleted.');
}
