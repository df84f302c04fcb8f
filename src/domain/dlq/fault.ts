import { wantedOf } from '../field-words.js';
import { isBeyondJsonLimits, jsonLimits } from '../json-limits.js';
import { jsonFault } from '../json-scan.js';
import { printableJson, shortened } from '../printable.js';
import { tooLate } from './contract.js';
import { firstBadByte } from './hex-dump.js';
import { futureWords, tooLateWords, type JudgeSettings } from './lateness.js';
import { payloadOf, type DeadLetter } from './letter.js';
import type { LetterPayload } from './payload.js';

/** What is wrong with the record of a dead letter. */
export interface Fault {
  /** One or two sentences. */
  sentence: string;
  /** The field it is about. */
  field?: string;
  /** What the schema wants of that field. */
  wants?: string;
  /** Where the payload's text stops being JSON: line and column from 1, and the place in UTF-16 units from 0. */
  at?: { line: number; column: number; index: number };
}

/** Why a letter's record was not counted, looked up in the record itself. */
export function faultOf(letter: DeadLetter, payload: LetterPayload, settings: JudgeSettings): Fault {
  const [reason, field] = split(letter.reason);
  switch (reason) {
    case tooLate:
      return {
        sentence: tooLateWords(letter.eventTimeMs, letter.watermarkMs, settings),
        field: 'event_time',
      };
    case 'future_event': {
      const { timestampMs } = letter.source;
      return { sentence: futureWords(letter.eventTimeMs, timestampMs, settings), field: 'event_time' };
    }
    case 'malformed_json':
      return malformed(letter, payload);
    case 'missing_field':
    case 'invalid_field':
      return fieldFault(field, payload);
    case 'unsupported_schema_version':
      return fieldFault('schema_version', payload);
    default:
      return { sentence: 'The job of this version gives no such reason.' };
  }
}

function split(reason: string): [reason: string, field: string] {
  const colon = reason.indexOf(':');
  return colon < 0 ? [reason, ''] : [reason.slice(0, colon), reason.slice(colon + 1)];
}

function fieldFault(field: string, { fields }: LetterPayload): Fault {
  const wants = wantedOf(field);
  const rest = { field, ...(wants === undefined ? {} : { wants }) };
  if (fields === undefined)
    return { ...rest, sentence: 'Its payload cannot be read as JSON, so the reason cannot be seen in it.' };
  const name = printableJson(shortened(field, 60));
  if (!Object.hasOwn(fields, field)) return { ...rest, sentence: `The field ${name} is not there.` };
  return { ...rest, sentence: `The field ${name} is ${valueWords(fields[field])}.` };
}

function valueWords(value: unknown): string {
  if (value === null) return 'null, which is as good as missing';
  if (value === '') return 'an empty text';
  if (typeof value === 'string') return `the text ${printableJson(shortened(value, 60))}`;
  if (typeof value === 'number') return `the number ${value}`;
  if (typeof value === 'boolean') return String(value);
  return Array.isArray(value) ? 'a list' : 'an object';
}

function malformed(letter: DeadLetter, payload: LetterPayload): Fault {
  const { bytes, trouble } = payloadOf(letter);
  if (trouble !== undefined) return { sentence: `Its payload cannot be read: ${trouble}.` };
  if (bytes === null) return { sentence: 'The record had no value: it was a tombstone.' };
  const { text } = payload;
  if (text === undefined) {
    const at = firstBadByte(bytes);
    return { sentence: `It is no text: byte ${at} of ${bytes.length} is not UTF-8 (the first is byte 0).` };
  }
  const fault = jsonFault(text);
  if (fault !== undefined) {
    const at = { ...placeOf(text, fault.index), index: fault.index };
    return { sentence: `It is no JSON: in line ${at.line}, column ${at.column}, ${fault.problem}.`, at };
  }
  if (payload.fields === undefined) return { sentence: 'It is JSON, but an event is one object.' };
  if (!isBeyondJsonLimits(text))
    return { sentence: 'It is one JSON object: the reason does not fit the payload.' };
  const { nesting, numberLength, keyLength, exponent } = jsonLimits;
  return {
    sentence: `It is JSON that Flink's parser refuses: deeper than ${nesting} levels, a number of more than ${numberLength} characters or with an exponent beyond ${exponent}, or a name of more than ${keyLength} characters.`,
  };
}

function placeOf(text: string, index: number): { line: number; column: number } {
  const lineStart = text.lastIndexOf('\n', index - 1) + 1;
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < lineStart; at = text.indexOf('\n', at + 1)) line++;
  return { line, column: index - lineStart + 1 };
}
