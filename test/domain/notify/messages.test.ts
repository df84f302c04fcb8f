import fc from 'fast-check';
import { expect, test } from 'vitest';
import { severities } from '../../../src/domain/alerts/record.js';
import { digestOf, merged } from '../../../src/domain/notify/digest.js';
import { discordBody, discordLimits } from '../../../src/domain/notify/discord-message.js';
import { discordText, slackText } from '../../../src/domain/notify/escaped.js';
import { messageOf } from '../../../src/domain/notify/message.js';
import { bounded, type Notification } from '../../../src/domain/notify/notification.js';
import { slackBody, slackLimits } from '../../../src/domain/notify/slack-message.js';
import { notification } from '../../adapters/notify/support/notifications.js';

const marks = '\\*_~`|>#-+.()[]<@:!&x é😀\u202e\u0000\ud800';
const hostile = fc.oneof(
  fc.string({ unit: fc.constantFrom(...Array.from(marks)), maxLength: 5_000 }),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.integer({ min: 0, max: 9_000 }).map((length) => '*'.repeat(length)),
);
const any: fc.Arbitrary<Notification> = fc
  .record({
    id: fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }),
    rule: hostile,
    severity: fc.constantFrom(...severities),
    status: fc.constantFrom('firing' as const, 'resolved' as const),
    summary: hostile,
    firedAt: fc.oneof(fc.nat(2e12), fc.constant(Number.MAX_SAFE_INTEGER)),
    labels: fc.dictionary(hostile, hostile, { maxKeys: 40, noNullPrototype: true }),
    value: fc.double(),
    spark: fc.array(fc.double(), { maxLength: 100 }),
    link: fc.oneof(
      hostile,
      fc.webUrl(),
      fc.constantFrom('javascript:alert(1)', 'http://localhost:3000/', 'http://lab:3000/'),
    ),
  })
  .map(bounded);

test('a message to Discord is within every limit, whatever it says', () => {
  fc.assert(
    fc.property(any, (one) => {
      const body = discordBody(messageOf({ key: 'k', notification: one }));
      expect(body.allowed_mentions).toEqual({ parse: [] });
      const [embed] = body.embeds;
      const { title, description = '', fields, footer, url } = embed!;
      expect(title.length).toBeLessThanOrEqual(discordLimits.title);
      expect(description.length).toBeLessThanOrEqual(discordLimits.description);
      expect(fields.length).toBeLessThanOrEqual(discordLimits.fields);
      for (const { name, value } of fields) {
        expect(name.length).toBeLessThanOrEqual(discordLimits.fieldName);
        expect(value.length).toBeLessThanOrEqual(discordLimits.fieldValue);
        expect(Math.min(name.length, value.length)).toBeGreaterThan(0);
      }
      const texts = [title, description, footer.text, ...fields.flatMap(({ name, value }) => [name, value])];
      expect(texts.join('').length).toBeLessThanOrEqual(discordLimits.total);
      // Without what is escaped nothing is left that Discord would make something of, or that is not printable.
      for (const text of texts.filter((other) => other !== footer.text)) {
        expect(text.replace(/\\[^0-9A-Za-z\s]/g, '')).not.toMatch(
          /[\\*_~`|>#\-+.()[\]<@:\p{Cc}\p{Cf}\p{Cs}]/u,
        );
      }
      expect(footer.text).not.toMatch(/[@<>\p{Cc}\p{Cf}\p{Cs}]/u);
      if (url !== undefined) expect(new URL(url).protocol).toMatch(/^https?:$/);
    }),
  );
});

test('a message to Slack is within every limit, and nothing in it mentions or links', () => {
  fc.assert(
    fc.property(any, (one) => {
      const body = slackBody(messageOf({ key: 'k', notification: one }));
      const [attachment] = body.attachments;
      expect(body.text.length).toBeLessThanOrEqual(slackLimits.fallback);
      const texts = [body.text];
      for (const block of attachment!.blocks) {
        if ('fields' in block) {
          expect(block.fields.length).toBeLessThanOrEqual(slackLimits.fields);
          for (const { text } of block.fields) expect(text.length).toBeLessThanOrEqual(slackLimits.fieldText);
          texts.push(...block.fields.map(({ text }) => text));
        } else if ('text' in block && block.text.type === 'plain_text') {
          const most = block.type === 'header' ? slackLimits.header : slackLimits.sectionText;
          expect(block.text.text.length).toBeLessThanOrEqual(most);
          expect(block.text.text).not.toBe('');
          texts.push(block.text.text);
        } else if ('text' in block) {
          // The link: the address ends where it should.
          expect(block.text.text).toMatch(/^<https?:[^<>|]*\|Open the dashboard>$/);
        } else texts.push(...block.elements.map(({ text }) => text));
      }
      for (const text of texts) expect(text.replace(/&(?:amp|lt|gt);/g, '')).not.toMatch(/[<>&]/);
    }),
  );
});

test.each([
  [
    '**bold** @everyone <@1> [x](http://y)',
    '\\*\\*bold\\*\\* \\@everyone \\<\\@1\\> \\[x\\]\\(http\\://y\\)',
  ],
  ['a\nb\u202ec', 'a\\\\nb\\\\u202ec'],
  ['\\*', '\\\\\\*'],
])('Discord shows %j letter for letter', (text, shown) => {
  expect(discordText(text, 1_000)).toBe(shown);
});

test('a text is cut between characters, never in an escape or in half of one', () => {
  expect(discordText('ab', 2)).toBe('ab');
  expect(discordText('abc', 2)).toBe('a…');
  expect(discordText('a**', 4)).toBe('a\\*…');
  expect(discordText('a*', 2)).toBe('a…');
  expect(discordText('a😀b', 3)).toBe('a…');
  expect(slackText('a&&', 7)).toBe('a&amp;…');
  expect(slackText('a&', 5)).toBe('a…');
});

test('a link that Discord refuses, or that is no page, is not its link', () => {
  const linked = (link: string) =>
    discordBody(messageOf({ key: 'k', notification: notification({ link }) })).embeds[0]!;
  expect(linked('https://lab.example.com/d')).toMatchObject({ url: 'https://lab.example.com/d' });
  for (const link of ['http://localhost:3000/d', 'http://lab/d', 'http://127.0.0.1:4000/', 'http://[::1]/']) {
    expect(linked(link)).not.toHaveProperty('url');
    expect(linked(link).fields[0]).toEqual({ name: 'look at', value: discordText(link, 999), inline: true });
  }
  for (const link of ['javascript:alert(1)', 'no address', 'file:///etc/passwd']) {
    expect(linked(link)).not.toHaveProperty('url');
    expect(JSON.stringify(linked(link))).not.toContain('look at');
  }
});

test('a digest says how many there were of what, and is as severe as the worst', () => {
  const digest = [
    notification({ id: 'a', rule: 'dlq', severity: 'warning' }),
    notification({ id: 'b', rule: 'lag', severity: 'info' }),
    notification({ id: 'c', rule: 'lag', severity: 'info' }),
  ]
    .map(digestOf)
    .reduce(merged);
  expect(messageOf({ key: 'k', digest })).toMatchObject({
    tone: 'warning',
    title: '3 alerts could not be shown one by one',
    facts: [
      {},
      {},
      { name: 'critical, warning, info', value: '0, 1, 2' },
      { name: 'lag', value: '2' },
      { name: 'dlq', value: '1' },
    ],
  });
});

test('the last minutes of shares, which are below 1, are drawn as tall as others', () => {
  const drawn = (spark: number[]) =>
    messageOf({ key: 'k', notification: notification({ spark }) }).facts.find(
      ({ name }) => name === 'last minutes',
    )?.value;
  expect(drawn([0, 0.01, 0.02, 0.08])).toBe(drawn([0, 100, 200, 800]));
  expect(drawn([0, 0.08])).toMatch(/^·[^·]$/);
  expect(drawn([0, 0])).toBe('··');
});
