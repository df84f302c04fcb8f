import { printable } from '../printable.js';

/**
 * A text in the form that `escape` gives it, at most so many characters of that form, what is cut off as `…`. It is cut
 * between characters: never in an escape, which would then reach over what follows.
 * @param escape of one character
 */
function escapedWithin(text: string, length: number, escape: (character: string) => string): string {
  let within = '';
  let shorter = '';
  for (const character of printable(text)) {
    const next = within + escape(character);
    if (next.length > length) return `${shorter}…`;
    within = next;
    if (within.length < length) shorter = within;
  }
  return within;
}

const discordMarks = /[\\*_~`|>#\-+.()[\]<@:]/;

/**
 * A text as Discord shows it, letter for letter: no markdown, no mention, no link that somebody else wrote, and what is
 * not printable as an escape.
 */
export function discordText(text: string, length: number): string {
  return escapedWithin(text, length, (character) =>
    discordMarks.test(character) ? `\\${character}` : character,
  );
}

const slackEntities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/**
 * A text in which Slack finds no mention and no link (docs.slack.dev, Formatting message text, Escaping text). Marks such
 * as `*` have no escape there: it belongs into a `plain_text` object.
 */
export function slackText(text: string, length: number): string {
  return escapedWithin(text, length, (character) => slackEntities[character] ?? character);
}
