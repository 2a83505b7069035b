/**
 * The input picture and its mask: chosen, dropped, pasted or taken from the gallery.
 */

import {$, say, setBlob, show, times} from './dom.js';
import {paintMask} from './paint.js';

const TYPES = ['image/png', 'image/jpeg', 'image/webp'];

/** Longer sides are scaled down: no model works at more, and a phone's photo has many megabytes. */
const LONGEST = 2048;

let offered = {};
/** @type {{blob: Blob, name: string, width: number, height: number}|null} */
let picture = null;
/** @type {Blob|null} */
let mask = null;
let changed = () => {};

export const size = () => picture;

/** Shows what the model takes. */
export function offer(model) {
  offered = model;
  show($('input-field'), Boolean(model.takes_image || model.needs_image));
  refresh();
}

/**
 * The input as form fields, null without a picture or for a model that takes none.
 *
 * @returns {Object<string, Blob|string>|null}
 */
export function fields() {
  if (!picture || !(offered.takes_image || offered.needs_image)) {
    return null;
  }
  return {
    image: picture.blob,
    ...(mask && takesMask() ? {mask} : {}),
    ...(takesStrength() ? {strength: $('strength').value} : {}),
  };
}

/** What is missing for the chosen model, null if nothing is. */
export function missing() {
  if (offered.needs_image && !picture) {
    return 'This model changes a picture. Add an input picture.';
  }
  return offered.needs_mask && !mask ? 'This model needs a mask. Paint one or choose a file.' : null;
}

const takesMask = () => Boolean(offered.takes_mask || offered.needs_mask);

// FLUX.1-Kontext, which takes no mask, refuses a strength; FLUX.1-Fill, which needs one, starts from noise.
const takesStrength = () => Boolean(offered.takes_mask && !offered.needs_mask);

export function setStrength(value) {
  $('strength').value = value;
  $('strength-value').textContent = value;
}

/**
 * Takes a picture as the input.
 *
 * @param {Blob} blob
 * @param {string} name
 */
export async function use(blob, name) {
  if (!TYPES.includes(blob.type)) {
    throw new Error('The input picture must be a PNG, JPEG or WebP file.');
  }
  let bitmap;
  try {
    bitmap = await createImageBitmap(blob);
  } catch {
    throw new Error(`${name} cannot be read as a picture.`);
  }
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
  const width = Math.round(bitmap.width * scale);
  const height = Math.round(bitmap.height * scale);
  let upload = blob;
  if (scale < 1 || await hasExif(blob)) {
    const canvas = draw(bitmap, width, height);
    upload = await new Promise((resolve) => canvas.toBlob(resolve, blob.type, 0.95));
  }
  bitmap.close();
  picture = {blob: upload, name, width, height};
  mask = null;
  refresh();
  changed();
  say(`Input picture: ${name}`);
}

function draw(bitmap, width, height) {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  canvas.getContext('2d').drawImage(bitmap, 0, 0, width, height);
  return canvas;
}

/** Whether a JPEG may be turned by its metadata: it is drawn anew then, upright and without a place in it. */
async function hasExif(blob) {
  if (blob.type !== 'image/jpeg') {
    return false;
  }
  const head = new Uint8Array(await blob.slice(0, 65536).arrayBuffer());
  return new TextDecoder('latin1').decode(head).includes('Exif\0\0');
}

/** A mask's file, brought to the picture's size. */
async function useMask(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Error(`${file.name} cannot be read as a picture.`);
  }
  const canvas = draw(bitmap, picture.width, picture.height);
  bitmap.close();
  mask = await new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
  refresh();
}

function refresh() {
  $('drop').hidden = picture !== null;
  $('input-view').hidden = picture === null;
  if (!picture) {
    return;
  }
  setBlob($('input-thumb'), picture.blob);
  $('input-thumb').alt = `Input picture ${picture.name}`;
  $('input-name').textContent = `${picture.name}, ${times(picture.width, picture.height)}`;
  const usable = !$('input-field').hidden;
  show($('strength-field'), usable && takesStrength());
  show($('mask-field'), usable && takesMask());
  $('mask-thumb').hidden = mask === null;
  if (mask) {
    setBlob($('mask-thumb'), mask);
  }
  $('mask-state').textContent = mask ? 'Only the light part of the mask may change.' : 'No mask: all of it may change.';
  $('mask-paint').textContent = mask ? 'Change the mask' : 'Paint a mask';
  $('mask-remove').hidden = mask === null;
}

function remove() {
  picture = null;
  mask = null;
  $('image').value = '';
  $('mask').value = '';
  refresh();
  changed();
  $('image').focus();
}

/**
 * @param {() => void} onChange called when a picture came or went
 * @param {(error: Error) => void} onError
 */
export function start(onChange, onError) {
  changed = onChange;
  const guarded = (promise) => promise.catch(onError);
  $('image').addEventListener('change', () => {
    const [file] = $('image').files;
    if (file) {
      guarded(use(file, file.name));
    }
  });
  $('mask').addEventListener('change', () => {
    const [file] = $('mask').files;
    if (file) {
      guarded(useMask(file));
    }
  });
  $('input-remove').addEventListener('click', remove);
  $('mask-remove').addEventListener('click', () => {
    mask = null;
    $('mask').value = '';
    refresh();
    $('mask-paint').focus();
  });
  $('mask-paint').addEventListener('click', async () => {
    const painted = await paintMask(picture, mask);
    if (painted !== undefined) {
      mask = painted;
      $('mask').value = '';
      refresh();
      say(mask ? 'The mask is set.' : 'No mask.');
    }
  });
  $('strength').addEventListener('input', () => setStrength($('strength').value));

  // The whole window takes a drop: a picture let fall beside the field would replace the page.
  const hasFiles = (event) => event.dataTransfer?.types.includes('Files');
  document.addEventListener('dragover', (event) => {
    if (hasFiles(event)) {
      event.preventDefault();
      document.documentElement.classList.add('dropping');
    }
  });
  document.addEventListener('dragleave', (event) => {
    if (!event.relatedTarget) {
      document.documentElement.classList.remove('dropping');
    }
  });
  document.addEventListener('drop', (event) => {
    document.documentElement.classList.remove('dropping');
    if (hasFiles(event)) {
      event.preventDefault();
      takeFirst(event.dataTransfer.files);
    }
  });
  document.addEventListener('paste', (event) => {
    if (event.clipboardData?.files.length > 0) {
      event.preventDefault();
      takeFirst(event.clipboardData.files);
    }
  });

  function takeFirst(files) {
    if ($('input-field').hidden) {
      onError(new Error('This model takes no input picture.'));
    } else if (files.length > 0) {
      guarded(use(files[0], files[0].name));
    }
  }
}
