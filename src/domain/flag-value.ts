import { StreamlabError } from '../errors.js';
import { quoted, type Reading } from './traffic/notation.js';

/** @throws StreamlabError INVALID_USAGE naming the flag */
export function valueOf<T>(
  flag: string,
  text: string,
  reading: Reading<T>,
  suggestions: readonly string[],
): T {
  if (reading.ok) return reading.value;
  throw refused(flag, text, reading.why, suggestions);
}

export function refused(
  flag: string,
  text: string,
  why: string,
  suggestions: readonly string[],
): StreamlabError {
  return new StreamlabError('INVALID_USAGE', `--${flag} ${quoted(text)}: ${why}.`, { suggestions });
}
