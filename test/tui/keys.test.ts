import { expect, test } from 'vitest';
import { pressed, type Key, type Shown } from '../../src/tui/keys.js';
import { firstScreen, type Screen } from '../../src/tui/screen.js';

const shown: Shown = { rowKeys: ['a', 'b', 'c'], scrollMax: 0, page: 2 };
const noRows: Shown = { rowKeys: [], scrollMax: 10, page: 4 };

function after(keys: readonly (string | Key)[], seen = shown, from: Screen = firstScreen()): Screen {
  return keys.reduce<Screen>(
    (screen, key) => pressed(screen, typeof key === 'string' ? { letter: key } : key, seen),
    from,
  );
}
const named = (name: Extract<Key, { name: string }>['name']): Key => ({ name });

test('views by number and by letter, and the one beside', () => {
  expect(Array.from('123456').map((key) => after([key]).tab)).toEqual([
    'overview',
    'lag',
    'flink',
    'dlq',
    'alerts',
    'logs',
  ]);
  expect(Array.from('olfdag').map((key) => after([key]).tab)).toEqual(
    Array.from('123456').map((key) => after([key]).tab),
  );
  expect(after([named('left')]).tab).toBe('logs');
  expect(after([named('tab'), named('right')]).tab).toBe('flink');
});

test('the cursor keeps to the rows, and Enter opens the one it is on', () => {
  const selected = (keys: (string | Key)[]) => after(['2', ...keys]).tabs.lag.selected;
  expect(selected([named('down')])).toBe('b');
  expect(selected([named('pageDown'), named('down')])).toBe('c');
  expect(selected([named('end'), named('up')])).toBe('b');
  expect(selected([named('up')])).toBe('a');
  const opened = after(['2', named('enter')]);
  expect(opened.tabs.lag).toMatchObject({ isOpened: true, selected: 'a' });
  expect(after([named('enter')], noRows).tabs.overview.isOpened).toBe(false);
});

test('Escape takes back one thing at a time: help, what is opened, the filter, the view', () => {
  let screen = after(['4', '/', 'x', named('enter'), named('enter'), '?']);
  expect([screen.isHelp, screen.tabs.dlq.isOpened, screen.tabs.dlq.filter, screen.tab]).toEqual([
    true,
    true,
    'x',
    'dlq',
  ]);
  const steps = Array.from({ length: 4 }, () => {
    screen = pressed(screen, named('escape'), shown);
    return [screen.isHelp, screen.tabs.dlq.isOpened, screen.tabs.dlq.filter, screen.tab];
  });
  expect(steps).toEqual([
    [false, true, 'x', 'dlq'],
    [false, false, 'x', 'dlq'],
    [false, false, '', 'dlq'],
    [false, false, '', 'overview'],
  ]);
});

test('while a filter is typed its letters do nothing else; Escape clears it', () => {
  const typing = after(['3', '/', 'q', '2', '/']);
  expect([typing.isTyping, typing.isOver, typing.tab, typing.tabs.flink.filter]).toEqual([
    true,
    false,
    'flink',
    'q2/',
  ]);
  expect(after([named('backspace')], shown, typing).tabs.flink.filter).toBe('q2');
  expect(after([named('escape')], shown, typing)).toMatchObject({ isTyping: false });
  expect(after([named('escape')], shown, typing).tabs.flink.filter).toBe('');
  expect(after(['/']).isTyping, 'the overview has nothing to filter').toBe(false);
});

test('what has no rows is scrolled, within its length; the logs back from their end', () => {
  const scroll = (keys: (string | Key)[], tab: 'overview' | 'logs') => after(keys, noRows).tabs[tab].scroll;
  expect(scroll([named('pageDown'), named('down')], 'overview')).toBe(5);
  expect(scroll([named('end'), named('down')], 'overview')).toBe(10);
  expect(scroll([named('up')], 'overview')).toBe(0);
  expect(scroll(['6', named('up'), named('up'), named('down')], 'logs')).toBe(1);
});

test('pause, sorting and the ways out', () => {
  expect([after(['p']).isPaused, after(['p', ' ']).isPaused]).toEqual([true, false]);
  expect(after(['3', 's', 's']).tabs.flink.sorting).toBe(2);
  expect(after(['3', 's', 's', 's', 's']).tabs.flink.sorting).toBe(0);
  expect([after(['q']).isOver, after(['3', '/', named('interrupt')]).isOver]).toEqual([true, true]);
});
