import { slackText } from './escaped.js';
import type { Message } from './message.js';

/** docs.slack.dev, Block Kit reference; a message may have 50 blocks, which these never reach. */
export const slackLimits = { header: 150, sectionText: 3_000, fields: 10, fieldText: 2_000, fallback: 300 };
const mostFacts = 20;

const colours: Readonly<Record<Message['tone'], string>> = {
  critical: '#d92d20',
  warning: '#f79009',
  info: '#2e90fa',
  resolved: '#12b76a',
};

interface PlainText {
  type: 'plain_text';
  text: string;
  /** Whether `:smile:` becomes a picture. */
  emoji: false;
}

type Block =
  | { type: 'header'; text: PlainText }
  | { type: 'section'; text: PlainText | { type: 'mrkdwn'; text: string; verbatim: true } }
  | { type: 'section'; fields: PlainText[] }
  | { type: 'context'; elements: PlainText[] };

export interface SlackBody {
  /** What a phone shows before the message is opened. */
  text: string;
  unfurl_links: false;
  unfurl_media: false;
  attachments: { color: string; fallback: string; blocks: Block[] }[];
}

/** The body of a request to a Slack webhook, within its limits. All that others wrote is plain text. */
export function slackBody(message: Message): SlackBody {
  const fallback = slackText(`${message.title}: ${message.text}`, slackLimits.fallback);
  const fields = message.facts
    .slice(0, mostFacts)
    .map(({ name, value }) => plain(`${name}: ${value}`, slackLimits.fieldText));
  return {
    text: fallback,
    unfurl_links: false,
    unfurl_media: false,
    attachments: [
      {
        color: colours[message.tone],
        fallback,
        blocks: [
          { type: 'header', text: plain(message.title, slackLimits.header) },
          ...(message.text === '' ? [] : [section(plain(message.text, slackLimits.sectionText))]),
          ...groups(fields, slackLimits.fields).map((some): Block => ({ type: 'section', fields: some })),
          ...(message.link === undefined ? [] : [section(linkText(message.link))]),
          { type: 'context', elements: [plain(`streamlab ${message.id}`, slackLimits.fieldText)] },
        ],
      },
    ],
  };
}

function plain(text: string, length: number): PlainText {
  return { type: 'plain_text', text: slackText(text, length) || '–', emoji: false };
}

function section(text: Extract<Block, { text: unknown }>['text']): Block {
  return { type: 'section', text };
}

/** A link that says where it leads: `|` and `>` would end the address. */
function linkText(link: string): { type: 'mrkdwn'; text: string; verbatim: true } {
  const address = link.replaceAll('|', '%7C').replaceAll('>', '%3E').replaceAll('<', '%3C');
  return { type: 'mrkdwn', text: `<${address.replaceAll('&', '&amp;')}|Open the dashboard>`, verbatim: true };
}

function groups<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, n) => all.slice(n * size, (n + 1) * size));
}
