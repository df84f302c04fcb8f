import { printable, shortened } from '../printable.js';
import type { Fault } from './fault.js';
import { hexDump } from './hex-dump.js';
import { payloadOf, type DeadLetter } from './letter.js';
import type { LetterPayload } from './payload.js';
import { prettyJson, type PrettyLimits } from './pretty-json.js';

/** A line for people. `bad` marks what is at fault. */
export interface ViewLine {
  text: string;
  tone?: 'head' | 'bad' | 'dim';
}

const limits = { lines: 80, value: 200 };
const bytesShown = 256;
/** Of a line of broken JSON, on each side of the fault. */
const excerpt = 60;

/** The payload, laid out, with its fault pointed at; long ones are cut unless all is wanted. */
export function payloadView(
  letter: DeadLetter,
  payload: LetterPayload,
  fault: Fault,
  isFull: boolean,
): ViewLine[] {
  const { bytes, trouble } = payloadOf(letter);
  if (trouble !== undefined) return [head('Payload, as it stands in the letter'), ...asText(letter, isFull)];
  if (bytes === null) return [head('No payload')];
  const size = `${bytes.length} bytes`;
  const { text } = payload;
  if (text === undefined) return [head(`Payload, ${size} that are no text`), ...hex(bytes, isFull)];
  if (fault.at !== undefined) return [head(`Payload, ${size}`), ...broken(text, fault.at, isFull)];
  if (!isJson(text)) return [head(`Payload, ${size}`), ...asText(letter, isFull)];
  return [head(`Payload, ${size}`), ...json(text, fault, isFull ? endless : limits)];
}

const endless: PrettyLimits = { lines: Infinity, value: Infinity };

const head = (text: string): ViewLine => ({ text, tone: 'head' });
const cutNote: ViewLine = { text: '  … and more: --full prints all of it', tone: 'dim' };

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function json(text: string, fault: Fault, within: PrettyLimits): ViewLine[] {
  const { lines, isCut } = prettyJson(text, within);
  const marked = lines.findLastIndex(
    ({ field, text: line }) => field === fault.field && field !== undefined && line.startsWith('  "'),
  );
  const shown = lines.flatMap(({ text: line }, index): ViewLine[] =>
    index === marked ? [{ text: `▶ ${line}`, tone: 'bad' }] : [{ text: `  ${line}` }],
  );
  const isMissing = marked < 0 && fault.field !== undefined && !isCut;
  const absent: ViewLine = { text: `▶   "${printable(fault.field ?? '')}" is not there`, tone: 'bad' };
  if (isMissing) shown.splice(-1, 0, absent);
  return isCut ? [...shown, cutNote] : shown;
}

/** The lines up to the fault and a few behind it, with a caret under it. */
function broken(text: string, at: NonNullable<Fault['at']>, isFull: boolean): ViewLine[] {
  const lines = text.split('\n');
  const first = isFull ? 0 : Math.max(0, at.line - 4);
  const last = isFull ? lines.length : Math.min(lines.length, at.line + 2);
  const shown = lines.slice(first, last).flatMap((line, n): ViewLine[] => {
    if (first + n + 1 !== at.line) return [{ text: `  ${clip(line, isFull ? Infinity : 2 * excerpt)}` }];
    const from = isFull ? 0 : Math.max(0, at.column - 1 - excerpt);
    const before = `${from > 0 ? '…' : ''}${printable(line.slice(from, at.column - 1))}`;
    const behind = clip(line.slice(at.column - 1), isFull ? Infinity : excerpt);
    return [
      { text: `▶ ${before}${behind}`, tone: 'bad' },
      { text: `  ${' '.repeat(before.length)}^`, tone: 'bad' },
    ];
  });
  const isCut = first > 0 || last < lines.length || lines.some((line) => line.length > 2 * excerpt);
  return isFull || !isCut ? shown : [...shown, cutNote];
}

function clip(line: string, length: number): string {
  return printable(shortened(line, length));
}

function asText({ payload }: DeadLetter, isFull: boolean): ViewLine[] {
  const text = payload ?? '';
  const most = isFull ? Infinity : limits.value;
  const line: ViewLine = { text: `  ${clip(text, most)}` };
  return text.length > most ? [line, cutNote] : [line];
}

function hex(bytes: Uint8Array, isFull: boolean): ViewLine[] {
  const most = isFull ? Infinity : bytesShown;
  const lines = hexDump(bytes, most).map((text) => ({ text: `  ${text}` }));
  return bytes.length > most ? [...lines, cutNote] : lines;
}
