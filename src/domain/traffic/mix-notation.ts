import { eventSchemas } from '../events.js';
import {
  didYouMean,
  mapReading,
  orList,
  parseAmount,
  quoted,
  read,
  readDuration,
  readDurations,
  readList,
  readPercent,
  unread,
  type Read,
  type Reading,
} from './notation.js';
import { invalidKinds, type InvalidShare, type LateBy, type SchemaBreak } from './plan.js';

/** Every field of the contract, whichever events have it. */
export const contractFields: readonly string[] = [
  ...new Set(Object.values(eventSchemas).flatMap((schema) => Object.keys(schema.shape))),
];

/** `kind:rest`; without a colon there is no rest. */
function splitKind(text: string): { kind: string; rest: string | undefined } {
  const at = text.indexOf(':');
  if (at === -1) return { kind: text.trim().toLowerCase(), rest: undefined };
  return { kind: text.slice(0, at).trim().toLowerCase(), rest: text.slice(at + 1).trim() };
}

const lateByReaders: Readonly<Record<string, Read<LateBy>>> = {
  uniform: (text) => mapReading(readDurations(text), uniform),
  exponential: readExponential,
  exp: readExponential,
  lognormal: (text) => {
    const [medianText = '', sigmaText = '', ...rest] = text.split(',');
    const median = readDuration(1)(medianText);
    const sigma = /^\d+(\.\d+)?$/.test(sigmaText.trim()) ? Number(sigmaText) : Number.NaN;
    if (!median.ok || rest.length > 0 || !(sigma > 0 && sigma <= 5))
      return unread('give the median and a sigma above 0, 5 at most, such as lognormal:30s,1.2');
    return read({ kind: 'lognormal', medianMs: median.value, sigma });
  },
  offline: (text) =>
    mapReading(readDurations(text), ({ min, max }) => ({ kind: 'offline', minMs: min, maxMs: max })),
};

function readExponential(text: string): Reading<LateBy> {
  return mapReading(readDuration(1)(text), (meanMs) => ({ kind: 'exponential', meanMs }));
}

function uniform({ min, max }: { min: number; max: number }): LateBy {
  return { kind: 'uniform', minMs: min, maxMs: max };
}

const lateByKinds = ['uniform', 'exponential', 'lognormal', 'offline'];

/** `30s`, `10s..90s`, `uniform:10s..90s`, `exponential:30s`, `lognormal:30s,1.2`, `offline:2m..10m`. */
export const readLateBy: Read<LateBy> = (text) => {
  const { kind, rest } = splitKind(text);
  if (rest === undefined) return mapReading(readDurations(text), uniform);
  const reader = Object.hasOwn(lateByReaders, kind) ? lateByReaders[kind] : undefined;
  return reader === undefined
    ? unread(
        `give a duration, a range, or one of ${orList(lateByKinds.map((name) => `${name}:`))}${didYouMean(kind, lateByKinds)}`,
      )
    : reader(rest);
};

/** Whole numbers of partitions: `3`, `1,3`. */
export const readPartitions: Read<readonly number[]> = (text) =>
  mapReading(
    readList((item) => {
      const partition = /^\d{1,4}$/.test(item) ? Number(item) : undefined;
      return partition !== undefined && partition < 1_024
        ? read(partition)
        : unread('give numbers of partitions, counted from 0');
    })(text),
    (partitions) => [...new Set(partitions)].sort((a, b) => a - b),
  );

/** `v1=80%,v2=20%`, or one of them: the share of version 1. */
export const readSchema: Read<number> = (text) => {
  const shares = new Map<string, number>();
  for (const item of text.split(',')) {
    const [, version = '', shareText = ''] = /^\s*(v[12])\s*=(.*)$/i.exec(item) ?? [];
    const share = readPercent(shareText);
    if (version === '' || !share.ok || shares.has(version.toLowerCase()))
      return unread('give the share of v1, of v2, or of both');
    shares.set(version.toLowerCase(), share.value);
  }
  const v1 = shares.get('v1');
  const v2 = shares.get('v2');
  if (v1 !== undefined && v2 !== undefined && Math.abs(v1 + v2 - 100) > 1e-9)
    return unread(`v1 and v2 are ${rounded(v1 + v2)}% together: give shares of 100% in sum`);
  return read(v1 ?? rounded(100 - (v2 ?? 0)));
};

function rounded(value: number): number {
  return Number(value.toFixed(9));
}

function readField(text: string): Reading<string> {
  return contractFields.includes(text)
    ? read(text)
    : unread(
        `events have no field ${quoted(text)}${didYouMean(text, contractFields)}: give one of ${contractFields.join(', ')}`,
      );
}

function readNewField(text: string): Reading<string> {
  if (contractFields.includes(text))
    return unread(`events already have a field ${quoted(text)}: give another name`);
  return /^[A-Za-z_]\w{0,63}$/.test(text)
    ? read(text)
    : unread('give a name of letters, digits and underscores for the new field');
}

const breakKinds = ['drop', 'null', 'type', 'rename', 'add', 'version'] as const;
type BreakKind = (typeof breakKinds)[number];
type Change = SchemaBreak extends infer B ? (B extends SchemaBreak ? Omit<B, 'percent'> : never) : never;

const breakReaders: Readonly<Record<BreakKind, Read<Change>>> = {
  drop: (text) => mapReading(readField(text), (field) => ({ kind: 'drop', field })),
  null: (text) => mapReading(readField(text), (field) => ({ kind: 'null', field })),
  type: (text) => mapReading(readField(text), (field) => ({ kind: 'type', field })),
  add: (text) => mapReading(readNewField(text), (field) => ({ kind: 'add', field })),
  rename: (text) => {
    const [from = '', to, ...rest] = text.split('=').map((name) => name.trim());
    if (to === undefined || rest.length > 0)
      return unread('give the old and the new name, as in rename:amount=total');
    const field = readField(from);
    if (!field.ok) return field;
    return mapReading(readNewField(to), (name) => ({ kind: 'rename', field: field.value, to: name }));
  },
  version: (text) => {
    const version = /^\d{1,9}$/.test(text) ? Number(text) : undefined;
    return version === undefined || version === 1 || version === 2
      ? unread('give a version that nobody knows: a whole number other than 1 and 2')
      : read({ kind: 'version', version });
  },
};

/** `drop:amount@2%`, `rename:amount=total`: without a share, all events. */
const readBreak: Read<SchemaBreak> = (text) => {
  const [what = '', shareText, ...more] = text.split('@');
  const { kind, rest } = splitKind(what);
  if (rest === undefined || more.length > 0 || !breakKinds.includes(kind as BreakKind))
    return unread(
      `give ${orList(breakKinds.map((name) => `${name}:`))} with what it does it to${didYouMean(kind, breakKinds)}`,
    );
  const share = shareText === undefined ? read(100) : readPercent(shareText);
  if (!share.ok) return share;
  return mapReading(breakReaders[kind as BreakKind](rest), (change) => ({ ...change, percent: share.value }));
};

export const readBreaks = readList(readBreak);

/** `malformed_json=1%`, `missing_field:amount=0.5%`. */
const readInvalidShare: Read<InvalidShare> = (text) => {
  const at = text.lastIndexOf('=');
  const { kind: name, rest: field } = splitKind(at === -1 ? text : text.slice(0, at));
  const kinds = ['any', ...invalidKinds] as const;
  const kind = kinds.find((known) => known === name);
  if (kind === undefined)
    return unread(`give a share, or ${orList(invalidKinds)} with a share each${didYouMean(name, kinds)}`);
  if (at === -1) return unread(`give ${kind} a share, as in ${kind}=1%`);
  const share = readPercent(text.slice(at + 1));
  if (!share.ok) return share;
  if (field === undefined) return read({ kind, field, percent: share.value });
  if (kind !== 'missing_field' && kind !== 'invalid_field')
    return unread(`${kind} has no field: only missing_field and invalid_field do`);
  return mapReading(readField(field), (known) => ({ kind, field: known, percent: share.value }));
};

/** `2%` for every kind, or a list of kinds with their shares. */
export const readInvalid: Read<readonly InvalidShare[]> = (text) => {
  if (parseAmount(text.replace('%', '')) !== undefined || text.trim() === '')
    return mapReading(readPercent(text), (percent) =>
      percent === 0 ? [] : [{ kind: 'any', field: undefined, percent }],
    );
  const shares = readList(readInvalidShare)(text);
  if (!shares.ok) return shares;
  const sum = rounded(shares.value.reduce((total, { percent }) => total + percent, 0));
  return sum > 100 ? unread(`these are ${sum}% together: give shares of 100% at most in sum`) : shares;
};
