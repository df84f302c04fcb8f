import { expect, test } from 'vitest';
import { indexPage } from '../../../src/adapters/console/index-page.js';

const links = (html: string): (string | undefined)[] =>
  [...html.matchAll(/<a href="([^"]*)"/g)].map(([, address]) => address);

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
  expect(html).toContain('<th scope="row">Kafka</th><td>127.0.0.1:9092</td>');
  expect(links(html)).toEqual(['http://127.0.0.1:8081']);
  expect(html).toContain('<p role="alert">ClickHouse does not answer.</p>');
});

test('shows hostile text as text, and makes no link of what is no web address', () => {
  const hostile = `"><script>alert(1)</script>'&`;
  const html = indexPage({
    lab: hostile,
    runtime: hostile,
    endpoints: [
      { name: hostile, address: `http://x/${hostile}` },
      { name: 'script', address: 'javascript:alert(1)' },
    ],
    troubles: [hostile],
  });
  const shown = '&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#39;&amp;';
  expect(html).not.toContain('<script');
  expect(html).toContain(`<p role="alert">${shown}</p>`);
  expect(links(html)).toEqual([`http://x/${shown}`]);
});
