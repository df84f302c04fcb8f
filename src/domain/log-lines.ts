export interface LogLine {
  /** When it was written, as it says itself, or the line before it: sorts as text. */
  at: string;
  service: string;
  text: string;
}

const kept = 1_000;
const longest = 500;
/** `2026-11-29 10:05:58,522`, as log4j writes it, or as ISO 8601 has it, which ends in Z. */
const stamp = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)[.,](\d{3})Z?\s+/;

/**
 * The lines with one more, in order of time: each service's come by themselves. A line that does not begin with a time goes
 * with the one of its service before it.
 */
export function withLine(lines: readonly LogLine[], service: string, text: string): readonly LogLine[] {
  const [whole = '', day, time, ms] = stamp.exec(text) ?? [];
  const own = day === undefined ? undefined : `${day} ${time ?? ''}.${ms ?? ''}`;
  const at = own ?? lines.findLast((line) => line.service === service)?.at ?? '';
  const said = own === undefined ? text : `${time ?? ''}.${ms ?? ''} ${text.slice(whole.length)}`;
  const before = lines.findLastIndex((line) => line.at <= at) + 1;
  const more = [
    ...lines.slice(0, before),
    { at, service, text: said.slice(0, longest) },
    ...lines.slice(before),
  ];
  return more.slice(-kept);
}
