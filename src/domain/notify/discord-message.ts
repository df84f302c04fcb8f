import { discordText } from './escaped.js';
import type { Message } from './message.js';

/** docs.discord.com, Message resource, Embed limits. */
export const discordLimits = {
  title: 256,
  description: 4_096,
  fields: 25,
  fieldName: 256,
  fieldValue: 1_024,
  footer: 2_048,
  /** Titles, descriptions, field names and values and footers of all embeds of a message. */
  total: 6_000,
};

const colours: Readonly<Record<Message['tone'], number>> = {
  critical: 0xd9_2d_20,
  warning: 0xf7_90_09,
  info: 0x2e_90_fa,
  resolved: 0x12_b7_6a,
};

interface Field {
  name: string;
  value: string;
  inline: boolean;
}

export interface DiscordBody {
  /** Nobody is mentioned, whatever a text says. */
  allowed_mentions: { parse: [] };
  embeds: {
    title: string;
    description?: string;
    url?: string;
    color: number;
    fields: Field[];
    footer: { text: string };
    timestamp: string;
  }[];
}

/** The body of a request to a Discord webhook, within its limits. */
export function discordBody(message: Message): DiscordBody {
  const title = discordText(message.title, discordLimits.title);
  const description = discordText(message.text, discordLimits.description);
  // Discord shows no markdown in a footer: an escape would be seen.
  const footer = footerText(message.id);
  const link = message.link;
  const isLink = link !== undefined && isFullName(link);
  const facts =
    link === undefined || isLink ? message.facts : [{ name: 'look at', value: link }, ...message.facts];
  const room = discordLimits.total - title.length - description.length - footer.length;
  return {
    allowed_mentions: { parse: [] },
    embeds: [
      {
        title,
        ...(description === '' ? {} : { description }),
        ...(isLink ? { url: link } : {}),
        color: colours[message.tone],
        fields: fieldsWithin(facts, room),
        footer: { text: footer },
        timestamp: timestamp(message.at),
      },
    ],
  };
}

/** The first facts that there is room for. */
function fieldsWithin(facts: Message['facts'], room: number): Field[] {
  const fields: Field[] = [];
  let left = room;
  for (const { name, value } of facts.slice(0, discordLimits.fields)) {
    const field = {
      // Discord refuses empty ones.
      name: discordText(name, discordLimits.fieldName) || '–',
      value: discordText(value, discordLimits.fieldValue) || '–',
      inline: value.length <= 40,
    };
    left -= field.name.length + field.value.length;
    if (left < 0) break;
    fields.push(field);
  }
  return fields;
}

function footerText(id: string): string {
  const text = `streamlab ${id.replace(/[\p{C}\p{Zl}\p{Zp}@<>]/gu, '?')}`;
  return text.slice(0, discordLimits.footer);
}

/** Discord refuses a message whose link has a host without a domain, such as `localhost` (HTTP 400, `{"embeds":["0"]}`). */
function isFullName(link: string): boolean {
  return link.length <= 2_048 && /\.[a-z]{2,}$/i.test(new URL(link).hostname);
}

function timestamp(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString();
}
