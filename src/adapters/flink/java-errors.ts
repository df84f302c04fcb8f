import type { SqlPosition } from '../../domain/sql-rejected.js';

/** One exception out of a Java stack trace: its class and its message, which may have several lines. */
export interface JavaCause {
  type: string;
  message: string;
}

/** `a.b.C: message`, `Caused by: a.b.C: message`, and the gateway's `<Exception on server side:` before it. */
const head =
  /^(?:Caused by: )?(?<type>(?:[\w$]+\.)+[\w$]*(?:Exception|Error|Failure|Throwable)[\w$]*)(?:: (?<message>.*))?$/;
/** An exception whose message is only the name and message of its cause. */
const echoes = /^(?:[\w$]+\.)+[\w$]*(?:Exception|Error)[\w$]*(?::|$)/;
/** Java's own exceptions say what a method disliked, not what the reader did: the one around them knows more. */
const lowLevel =
  /^java\.lang\.(?:NumberFormat|NullPointer|ClassCast|IndexOutOfBounds|ArrayIndexOutOfBounds|IllegalMonitorState)/;
const boilerplate =
  /^(?:SQL (?:validation|parse) failed\. |(?:From|At) line \d+, column \d+(?: to line \d+, column \d+)?: )+/;
const position = /\bline (?<line>\d+), column (?<column>\d+)/;

/** The chain of exceptions in a stack trace, outermost first. */
export function javaCauses(trace: string): JavaCause[] {
  const causes: JavaCause[] = [];
  let isInMessage = false;
  for (const line of trace.split('\n')) {
    const match = head.exec(line.trimEnd());
    if (match?.groups?.type !== undefined) {
      causes.push({ type: match.groups.type, message: match.groups.message ?? '' });
      isInMessage = true;
    } else if (/^\s+(?:at |\.\.\. )/.test(line)) {
      isInMessage = false;
    } else {
      const last = causes.at(-1);
      if (isInMessage && last !== undefined) last.message += `\n${line}`;
    }
  }
  return causes;
}

/**
 * The sentence that tells what went wrong, out of a Java stack trace: the innermost exception that says something,
 * first line only, without the stack. A text that is no stack trace comes back as its first line.
 */
export function rootCauseOf(trace: string): string {
  const causes = javaCauses(trace).filter(
    (cause) => cause.message.trim() !== '' && !echoes.test(cause.message),
  );
  const telling = causes.filter((cause) => !lowLevel.test(cause.type));
  const cause = telling.at(-1) ?? causes.at(-1);
  const text = cause?.message ?? lastWordOf(trace);
  const line = text.trim().split('\n')[0] ?? '';
  return line.replace(boilerplate, '').trim();
}

/** A chain of exceptions without any message: the innermost class name is all there is. */
function lastWordOf(trace: string): string {
  return javaCauses(trace).at(-1)?.type ?? trace;
}

/** The first place in the SQL that the error names. */
export function positionIn(trace: string): SqlPosition | undefined {
  const match = position.exec(trace);
  if (match?.groups === undefined) return undefined;
  return { line: Number(match.groups.line), column: Number(match.groups.column) };
}
