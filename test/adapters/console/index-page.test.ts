import { parseHTML } from 'linkedom';
import { expect, test } from 'vitest';
import { indexPage } from '../../../src/adapters/console/index-page.js';

const hostile = '"><script>alert(1)</script>\'&';

test('lists what is reached, web addresses as links, and what is the matter', () => {
  const html = indexPage({
    lab: 'default',
    runtime: 'local',
    endpoints: [
      { name: 'Kafka', address: '127.0.0.1:9092' },
      { name: 'Flink', address: 'http://127.0.0.1:8081' },
    ],
    troubles: ['ClickHouse does not answer.'],
  });
  const { document } = parseHTML(html);
  const rows = [...document.querySelectorAll('tr')].map((row) => row.textContent);
  expect(rows).toEqual(['Kafka127.0.0.1:9092', 'Flinkhttp://127.0.0.1:8081']);
  expect([...document.querySelectorAll('a')].map((link) => link.getAttribute('href'))).toEqual([
    'http://127.0.0.1:8081',
  ]);
  expect(document.querySelector('[role=alert]')?.textContent).toBe('ClickHouse does not answer.');
});

test('shows hostile text as text, and makes no link of what is no web address', () => {
  const html = indexPage({
    lab: hostile,
    runtime: hostile,
    endpoints: [
      { name: hostile, address: `http://x/${hostile}` },
      { name: 'script', address: 'javascript:alert(1)' },
    ],
    troubles: [hostile],
  });
  const { document } = parseHTML(html);
  expect(document.querySelectorAll('script')).toHaveLength(0);
  expect(document.querySelector('[role=alert]')?.textContent).toBe(hostile);
  expect([...document.querySelectorAll('a')].map((link) => link.getAttribute('href'))).toEqual([
    `http://x/${hostile}`,
  ]);
});
