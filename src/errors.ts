/** Exit codes of every command. */
export const ExitCode = {
  ok: 0,
  checkFailed: 1,
  usage: 2,
  unreachable: 3,
  timeout: 4,
  interrupted: 130,
} as const;

export type ExitCodeName = keyof typeof ExitCode;

/** Every way streamlab fails on purpose, with the exit code it ends with. */
const kinds = {
  INVALID_USAGE: 'usage',
  INVALID_CONFIG: 'usage',
  INVALID_TEMPLATE: 'usage',
  INVALID_SQL: 'usage',
  INVALID_FILE: 'usage',
  UNSUPPORTED: 'usage',
  NEEDS_CONFIRMATION: 'usage',
  CHECK_FAILED: 'checkFailed',
  NOT_FOUND: 'checkFailed',
  LEDGER_UNBALANCED: 'checkFailed',
  LAB_NOT_RUNNING: 'unreachable',
  SERVICE_UNREACHABLE: 'unreachable',
  SERVICE_FAILED: 'unreachable',
  PORT_TAKEN: 'unreachable',
  JAVA_MISSING: 'unreachable',
  JAVA_TOO_OLD: 'unreachable',
  DOWNLOAD_FAILED: 'unreachable',
  CHECKSUM_MISMATCH: 'unreachable',
  OFFLINE_INCOMPLETE: 'unreachable',
  DISK_FULL: 'unreachable',
  NOT_PERMITTED: 'unreachable',
  TOPIC_MISSING: 'unreachable',
  JOB_FAILED: 'unreachable',
  LOCKED: 'timeout',
  TIMED_OUT: 'timeout',
  INTERRUPTED: 'interrupted',
} as const satisfies Record<string, ExitCodeName>;

export type ErrorCode = keyof typeof kinds;

/** What a command ends with that failed so. */
export function exitCodeOf(code: ErrorCode): number {
  return ExitCode[kinds[code]];
}

export interface ErrorDetails {
  /** What the reader can do next, one sentence each. */
  suggestions?: readonly string[];
  /** Lines that show the evidence, for instance the end of a service's log. */
  evidence?: readonly string[];
  cause?: unknown;
}

/**
 * The one error class of streamlab: a stable code, a sentence that names the flag, file, record or service,
 * and what to do next. Anything else that is thrown is a defect.
 */
export class StreamlabError extends Error {
  readonly code: ErrorCode;
  readonly suggestions: readonly string[];
  readonly evidence: readonly string[];
  /** Read by oclif when it prints text. */
  readonly oclif: { exit: number };
  /** Read by oclif under `--json`. */
  readonly exitCode: number;

  constructor(code: ErrorCode, sentence: string, details: ErrorDetails = {}) {
    super(sentence, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'StreamlabError';
    this.code = code;
    this.suggestions = details.suggestions ?? [];
    this.evidence = details.evidence ?? [];
    this.exitCode = exitCodeOf(code);
    this.oclif = { exit: this.exitCode };
  }
}

/** The message of whatever was thrown, for the end of a sentence. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (error instanceof Error) return error.message === '' ? error.name : error.message;
  return String(error);
}
