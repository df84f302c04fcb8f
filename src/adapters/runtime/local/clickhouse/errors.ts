/**
 * ClickHouse's own error form. Codes: src/Common/ErrorCodes.cpp; statuses:
 * src/Server/HTTP/exceptionCodeToHTTPStatus.cpp (both of ClickHouse).
 */
export class ClickHouseException extends Error {
  override readonly name = 'ClickHouseException';

  constructor(
    readonly code: number,
    readonly type: string,
    /** The text between `DB::Exception: ` and the type. */
    readonly reason: string,
    /** Overrides the status that belongs to the code. */
    readonly status: number = httpStatusFor(code),
  ) {
    super(`Code: ${code}. DB::Exception: ${reason} (${type})`);
  }

  /** The line a ClickHouse server of this version would send. */
  render(version: string): string {
    return `${this.message} (version ${version})`;
  }
}

/** The codes this program raises itself; all others come from the engine. */
export const errorCodes = {
  BAD_ARGUMENTS: 36,
  CHECKSUM_DOESNT_MATCH: 40,
  NOT_IMPLEMENTED: 48,
  SYNTAX_ERROR: 62,
  UNKNOWN_FORMAT: 73,
  UNKNOWN_TYPE_OF_QUERY: 78,
  UNKNOWN_COMPRESSION_METHOD: 89,
  READONLY: 164,
  TOO_MANY_SIMULTANEOUS_QUERIES: 202,
  QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING: 216,
  QUERY_IS_TOO_LARGE: 229,
  ABORTED: 236,
  CANNOT_DECOMPRESS: 271,
  INTO_OUTFILE_NOT_ALLOWED: 358,
  SESSION_NOT_FOUND: 372,
  SESSION_IS_LOCKED: 373,
  INVALID_SESSION_TIMEOUT: 374,
  QUERY_WAS_CANCELLED: 394,
  AUTHENTICATION_FAILED: 516,
  UNKNOWN_EXCEPTION: 1002,
} as const;

/** A {@link ClickHouseException} of one of our own codes. */
export function clickHouseError(type: keyof typeof errorCodes, reason: string): ClickHouseException {
  return new ClickHouseException(errorCodes[type], type, reason);
}

const badRequest = new Set([
  6, 8, 15, 25, 26, 27, 36, 37, 38, 41, 44, 53, 62, 72, 117, 123, 167, 168, 223, 321, 376, 427, 441, 675, 676,
]);
const notFound = new Set([46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511]);
const other = new Map([
  [194, 401],
  [192, 403],
  [193, 403],
  [497, 403],
  [512, 403],
  [516, 403],
  [229, 413],
  [48, 501],
  [76, 503],
  [209, 503],
  [439, 503],
  [381, 411],
  [159, 408],
  [779, 415],
]);

/** The HTTP status of a ClickHouse error code. */
export function httpStatusFor(code: number): number {
  if (badRequest.has(code)) return 400;
  if (notFound.has(code)) return 404;
  return other.get(code) ?? 500;
}

/** What came out of chdb (or of ourselves) as a ClickHouse exception. */
export function toClickHouseException(error: unknown): ClickHouseException {
  if (error instanceof ClickHouseException) return error;
  const message = error instanceof Error ? error.message : String(error);
  return parseEngineMessage(message) ?? clickHouseError('UNKNOWN_EXCEPTION', message || 'unknown error');
}

/**
 * Reads `Code: 60. DB::Exception: text. (UNKNOWN_TABLE)`. An error that crossed the engine's inner boundaries is
 * wrapped several times (`Code: 73. DB::Exception: Code: 73. DB::Exception: ... (T) (version v). (T)`): one is kept.
 */
export function parseEngineMessage(message: string): ClickHouseException | undefined {
  const head = /^(?:Code: (\d+)\. DB::Exception: )+/.exec(message);
  if (!head) return undefined;
  let reason = message.slice(head[0].length).trimEnd();
  let type: string | undefined;
  for (;;) {
    const tail = /\s*\(([A-Z][A-Z0-9_]+)\)(?: \(version [^()]*(?:\([^()]*\))?\))?\.?$/.exec(reason);
    if (!tail?.[1] || (type !== undefined && tail[1] !== type)) break;
    type = tail[1];
    reason = reason.slice(0, tail.index);
  }
  return new ClickHouseException(Number(head[1]), type ?? 'UNKNOWN_EXCEPTION', reason);
}
