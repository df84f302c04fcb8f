/**
 * The job as Flink planned it: what its client sends to the JobManager, a serialised `StreamGraph`. Planning takes a cold
 * JVM longer than all else that `up` does; a plan that is kept is submitted without it, operator for operator the same.
 */
export interface ExecutionPlan {
  /** The job's id in it, 32 hex digits. */
  jobId: string;
  bytes: Uint8Array;
}

/** Long enough for most paths, and one length for all: a path is written over another without moving anything else. */
const pathLength = 512;

/** What a plan that is to be kept is made to go on from. Nothing has this path. */
export const restorePlaceholder = padded('/streamlab/restore-point', pathLength);

/**
 * The plan for another submission: with an id of its own, and going on from `restoreFrom`. Undefined where that cannot be
 * written into it: a path that is too long or that Java may write otherwise, a plan that is not as expected.
 *
 * A JobID is serialised as its 16 bytes, a string as its length and its characters (Java Object Serialization
 * Specification, chapter 6): both keep their length here. Flink takes repeated slashes for one
 * (`org.apache.flink.core.fs.Path`).
 */
export function replanned(
  plan: ExecutionPlan,
  { jobId, restoreFrom }: { jobId: string; restoreFrom: string },
): ExecutionPlan | undefined {
  const path = /^\/[\x20-\x7e]*$/.test(restoreFrom) ? padded(restoreFrom, pathLength) : undefined;
  if (path?.length !== pathLength) return undefined;
  // Not `slice`, which of a Buffer makes a window on the same bytes.
  const bytes = new Uint8Array(plan.bytes);
  const ids = overwrite(bytes, fromHex(plan.jobId), fromHex(jobId));
  const paths = overwrite(bytes, ascii(restorePlaceholder), ascii(path));
  return ids > 0 && paths > 0 ? { jobId, bytes } : undefined;
}

/** `/a/b` becomes `/a/////b`; longer paths stay as they are. */
function padded(path: string, length: number): string {
  const cut = path.lastIndexOf('/');
  return path.slice(0, cut) + path.slice(cut).padStart(length - cut, '/');
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

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function fromHex(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
