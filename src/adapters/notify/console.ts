import { timeOfDay } from '../../domain/instant.js';
import type { Queued } from '../../domain/notify/backlog.js';
import { messageOf } from '../../domain/notify/message.js';
import { printable } from '../../domain/printable.js';
import type { Channel } from './channel.js';

/** The terminal: one line each. It takes everything at once. */
export function consoleChannel(name: string, write: (line: string) => void, now: () => number): Channel {
  return {
    name,
    place: 'console',
    host: 'console',
    send: (queued) => {
      write(consoleLine(queued, now()));
      return Promise.resolve({ says: 'accepted' });
    },
  };
}

/** `12:05:00  CRITICAL revenue-drop: Revenue fell  value=12 expected=20 to 40 …`, safe to print. */
export function consoleLine(queued: Queued, nowMs: number): string {
  const { title, text, facts, link, at } = messageOf(queued);
  const shown = facts.map(({ name, value }) => `${name}=${value}`);
  const parts = [timeOfDay(at, nowMs), text === '' ? title : `${title}: ${text}`, ...shown, link ?? ''];
  return printable(
    parts
      .filter((part) => part !== '')
      .join('  ')
      .replaceAll('\n', ' '),
  );
}
