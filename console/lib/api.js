// What the page asks of its server. Failures are sentences.

/** A failure as the server tells it: the shape that `--json` has. */
export class ApiError extends Error {
  /**
   * @param {string} sentence
   * @param {readonly string[]} [suggestions]
   * @param {string} [code]
   */
  constructor(sentence, suggestions = [], code = '') {
    super(sentence);
    this.suggestions = suggestions;
    this.code = code;
  }
}

const unreachable = () =>
  new ApiError(
    'The console does not answer.',
    ['It ends with the lab: streamlab status shows what runs, streamlab up starts it.'],
    'UNREACHABLE',
  );

/**
 * @param {string} path below /api
 * @param {URLSearchParams | undefined} [params]
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function get(path, params, signal) {
  const query = params === undefined ? '' : `?${params.toString()}`;
  return answerTo(`/api/${path}${query}`, signal === undefined ? {} : { signal });
}

/**
 * @param {string} path below /api
 * @param {object} body
 * @param {string} token of the session
 * @returns {Promise<any>}
 */
export async function post(path, body, token) {
  return answerTo(`/api/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-streamlab-token': token },
    body: JSON.stringify(body),
  });
}

/**
 * @param {string} url
 * @param {RequestInit} request
 */
async function answerTo(url, request) {
  let response;
  try {
    response = await fetch(url, request);
  } catch (error) {
    if (request.signal?.aborted) throw error;
    throw unreachable();
  }
  const text = await response.text();
  const value = jsonOf(text);
  if (response.ok && value !== undefined) return value;
  const { message, suggestions, code } = value?.error ?? {};
  // The gate answers in plain words.
  const plain = response.status === 403 ? text.trim() : '';
  throw new ApiError(
    message ?? (plain || `The console answered with ${response.status}.`),
    suggestions,
    code,
  );
}

/** @param {string} text @returns {any} */
function jsonOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @param {unknown} error */
export function isAbort(error) {
  return error instanceof DOMException && error.name === 'AbortError';
}

/** @param {unknown} error @returns {ApiError} */
export function asApiError(error) {
  return error instanceof ApiError
    ? error
    : new ApiError(error instanceof Error ? error.message : String(error));
}
