/**
 * The server's HTTP interface: requests with the key, errors as the server words them, and events as they come.
 */

const KEY = 'bottleneck4j.key';

/** What the server refused, in its own words. */
export class ApiError extends Error {
  /**
   * @param {{message?: string, type?: string, param?: string, code?: string}} error
   * @param {number} status 0 for an error that came as an event
   * @param {number|null} retryAfter seconds
   */
  constructor(error, status, retryAfter = null) {
    super(error.message || `The server answered ${status}.`);
    this.status = status;
    this.type = error.type ?? null;
    this.param = error.param ?? null;
    this.code = error.code ?? null;
    this.retryAfter = retryAfter;
  }
}

/** Keeps the key in this tab only. */
export function useKey(key) {
  sessionStorage.setItem(KEY, key);
}

/**
 * One request. Objects are sent as JSON, FormData as multipart.
 *
 * @param {string} path
 * @param {{method?: string, body?: object|FormData, signal?: AbortSignal}} [options]
 * @returns {Promise<Response>} only if its status is good
 * @throws {ApiError} otherwise
 */
export async function request(path, {method = 'GET', body, signal} = {}) {
  const headers = {};
  const key = sessionStorage.getItem(KEY);
  if (key) {
    headers.Authorization = `Bearer ${key}`;
  }
  let payload = body;
  if (body && !(body instanceof FormData)) {
    headers['Content-Type'] = 'application/json';
    payload = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, {method, headers, body: payload, signal});
  } catch (failure) {
    if (failure.name === 'AbortError') {
      throw failure;
    }
    throw new ApiError({message: 'The server does not answer. Is it still running?'}, 0);
  }
  if (!response.ok) {
    throw await toError(response);
  }
  return response;
}

async function toError(response) {
  const body = await response.json().catch(() => null);
  const retryAfter = Number.parseInt(response.headers.get('Retry-After'), 10);
  return new ApiError(body?.error ?? {}, response.status, Number.isNaN(retryAfter) ? null : retryAfter);
}

export const json = async (path, options) => (await request(path, options)).json();

/** The bytes of a picture or a video. An <img> cannot send the key, so they are fetched. */
export const bytes = async (path, options) => (await request(path, options)).blob();

/**
 * Reads server-sent events of a POST, which EventSource cannot do.
 *
 * @param {Response} response
 * @yields {{type: string, data: object}}
 */
export async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = '';
  for (;;) {
    const {value, done} = await reader.read();
    if (done) {
      return;
    }
    // A chunk may end between the two characters of a line's end, so that last one waits.
    buffer = (buffer + value).replace(/\r\n/g, '\n');
    let end;
    while ((end = buffer.indexOf('\n\n')) >= 0) {
      const event = parse(buffer.slice(0, end));
      buffer = buffer.slice(end + 2);
      if (event) {
        yield event;
      }
    }
  }
}

function parse(block) {
  let type = 'message';
  const data = [];
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') {
      type = value;
    } else if (field === 'data') {
      data.push(value);
    }
  }
  if (data.length === 0 || data[0] === '[DONE]') {
    return null;
  }
  return {type, data: JSON.parse(data.join('\n'))};
}

/** A picture of base64 as a blob. A data: URL would do for small ones, but is held twice in memory. */
export function toBlob(base64, format) {
  const binary = atob(base64);
  const array = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  return new Blob([array], {type: `image/${format}`});
}
