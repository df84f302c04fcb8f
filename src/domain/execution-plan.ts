/**
 * The job as Flink planned it: what its client sends to the JobManager, a serialised `StreamGraph`. Planning takes a cold
 * JVM longer than all else that `up` does; a plan that is kept is submitted without it, operator for operator the same.
 */
export interface ExecutionPlan {
  /** The job's id in it, 32 hex digits. */
  jobId: string;
  bytes: Uint8Array;
}

/** Bytes; enough for most paths, and one length for all: a path is written over another without moving anything else. */
const pathLength = 512;

/** What a plan that is to be kept is made to go on from. Nothing has this path. */
export const restorePlaceholder = `/streamlab${'/'.repeat(pathLength - 23)}restore-point`;

/**
 * The plan for another submission: with an id of its own, and going on from `restoreFrom`. Undefined where that cannot be
 * written into it: a path that is too long or that Java writes otherwise, a plan that is not as expected.
 *
 * A JobID is serialised as its 16 bytes, a string as its length and its characters in UTF-8, but for those beyond U+FFFF
 * (Java Object Serialization Specification, chapter 6): both keep their length here.
 */
export function replanned(
  plan: ExecutionPlan,
  { jobId, restoreFrom }: { jobId: string; restoreFrom: string },
): ExecutionPlan | undefined {
  // As Flink itself writes it: file:/a/b.
  const path = padded(restoreFrom.replace(/^file:(?:\/\/)?(?=\/)/, ''));
  if (path === undefined) return undefined;
  // Not `slice`, which of a Buffer makes a window on the same bytes.
  const bytes = new Uint8Array(plan.bytes);
  const ids = overwrite(bytes, fromHex(plan.jobId), fromHex(jobId));
  const paths = overwrite(bytes, new TextEncoder().encode(restorePlaceholder), path);
  return ids > 0 && paths > 0 ? { jobId, bytes } : undefined;
}

/** `/a/b` becomes `/a/////b`: Flink takes repeated slashes for one (`org.apache.flink.core.fs.Path`). */
function padded(path: string): Uint8Array | undefined {
  const lacking = pathLength - new TextEncoder().encode(path).length;
  if (!/^\/[^\0\u{10000}-\u{10ffff}]*$/u.test(path) || lacking < 0) return undefined;
  const cut = path.lastIndexOf('/');
  return new TextEncoder().encode(path.slice(0, cut) + '/'.repeat(lacking) + path.slice(cut));
}

/** @returns how many times it was there */
function overwrite(bytes: Uint8Array, old: Uint8Array, replacement: Uint8Array): number {
  const [first = -1] = old;
  let count = 0;
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (!old.every((byte, index) => bytes[at + index] === byte)) continue;
    bytes.set(replacement, at);
    count++;
  }
  return count;
}

function fromHex(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
