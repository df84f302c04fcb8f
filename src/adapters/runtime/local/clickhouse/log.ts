/**
 * One line a noteworthy event, on stdout: time, level, event, then `key=value` pairs. The local runtime points
 * stdout at the service's log file. Values are JSON where they hold spaces; passwords never get here.
 */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

const plain = /^[\w.:/@+-]+$/;

/** A log that hands each finished line (no line break) to `emit`. */
export function createLog(emit: (line: string) => void, now: () => Date = () => new Date()): Log {
  const write = (level: string, event: string, fields: LogFields = {}): void => {
    const pairs = Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => `${key}=${formatValue(value)}`);
    emit([now().toISOString(), level, event, ...pairs].join(' '));
  };
  return {
    info: (event, fields) => {
      write('info', event, fields);
    },
    warn: (event, fields) => {
      write('warn', event, fields);
    },
    error: (event, fields) => {
      write('error', event, fields);
    },
  };
}

function formatValue(value: string | number | boolean | undefined): string {
  const text = String(value);
  return plain.test(text) ? text : JSON.stringify(text);
}
