import { expect, test } from 'vitest';

interface Address {
  readAddress: (href: string) => { path: string; chosen: Record<string, string[]>; other: object };
  writeAddress: (address: object) => string;
}
const { readAddress, writeAddress } = (await import(
  new URL('../../console/lib/address.js', import.meta.url).href
)) as Address;

test('what an address says is read and written again', () => {
  const href = '/d/one?from=now-1h&to=now&var-reason=a&var-reason=b&letter=2%3A17';
  expect(readAddress(href)).toMatchObject({ path: '/d/one', other: { letter: '2:17' } });
  expect(readAddress(href).chosen.reason).toEqual(['a', 'b']);
  expect(writeAddress(readAddress(href))).toBe(href);
});

test('a link may name a choice as it likes, and the page still opens', () => {
  for (const name of ['__proto__', 'constructor', 'toString', '']) {
    const { chosen } = readAddress(`/map?var-${name}=x&${name}=y`);
    expect(Object.entries(chosen)).toEqual([[name, ['x']]]);
  }
});
