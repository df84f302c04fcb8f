import { render, Text, useApp, useInput, type Key as InkKey } from 'ink';
import { useEffect, useRef, useState } from 'react';
import { frame } from './frame.js';
import { pressed, type Key } from './keys.js';
import type { Model, Size } from './parts.js';
import { firstScreen, type Screen } from './screen.js';
import { painted, type Colours } from './text.js';

/** Where the screen gets what it shows. */
export interface TopSource {
  /** What is known now. Logs are only asked for while they are shown. */
  look: (withLogs: boolean) => Omit<Model, 'screen'>;
}

export interface Terminal {
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  colours: Colours;
}

export interface TopCall {
  source: TopSource;
  terminal: Terminal;
  /** How often it is drawn anew; after a key at once. */
  intervalMs: number;
  signal: AbortSignal;
}

// The alternate screen: what stood on the terminal before is there again afterwards.
const enter = '\u001b[?1049h\u001b[2J\u001b[H';
const leave = '\u001b[?1049l';
const clear = '\u001b[2J\u001b[H';

/** Shows the lab until somebody quits, or the signal is aborted. */
export async function showTop(call: TopCall): Promise<void> {
  const { terminal, signal } = call;
  const { stdout, stdin } = terminal;
  const tree = () => <Top call={call} size={sizeOf(stdout)} />;
  stdout.write(enter);
  const app = render(tree(), {
    stdout: endless(stdout),
    stdin,
    exitOnCtrlC: false,
    patchConsole: false,
    // Not incrementalRendering: that of Ink 6.8 is a line off where the output ends in a line break.
  });
  const onResize = (): void => {
    app.clear();
    stdout.write(clear);
    app.rerender(tree());
  };
  const onAbort = (): void => {
    app.unmount();
  };
  stdout.on('resize', onResize);
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  try {
    await app.waitUntilExit();
  } finally {
    stdout.off('resize', onResize);
    signal.removeEventListener('abort', onAbort);
    stdout.write(leave);
  }
}

/** One line is left free: the cursor rests there. */
function sizeOf({ columns, rows }: NodeJS.WriteStream): Size {
  return { width: columns > 0 ? columns : 80, height: Math.max(1, (rows > 0 ? rows : 24) - 1) };
}

/** Ink clears a terminal, and what can be scrolled back to, when its output is as high: here it never is. */
function endless(stdout: NodeJS.WriteStream): NodeJS.WriteStream {
  return new Proxy(stdout, {
    get: (target, name) => {
      if (name === 'rows') return Infinity;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

function Top({ call, size }: { call: TopCall; size: Size }) {
  const { source, terminal, intervalMs } = call;
  const { exit } = useApp();
  const [screen, setScreen] = useState(firstScreen);
  const [seen, setSeen] = useState(() => source.look(false));
  const { isPaused, isOver, tab } = screen;
  useEffect(() => {
    if (isPaused) return;
    const look = (): void => {
      setSeen(source.look(tab === 'logs'));
    };
    look();
    const timer = setInterval(look, intervalMs);
    return () => {
      clearInterval(timer);
    };
  }, [source, intervalMs, isPaused, tab]);
  useEffect(() => {
    if (isOver) exit();
  }, [isOver, exit]);
  const shown = frame({ ...seen, screen }, size);
  const latest = useRef(shown);
  latest.current = shown;
  useInput((input, key) => {
    const keys = keysOf(input, key);
    // A key after another goes by what that one has changed, though nobody has seen it.
    setScreen((before) =>
      keys.reduce<Screen>((now, one, i) => {
        const after = i === 0 ? latest.current : frame({ ...seen, screen: now }, size);
        return pressed(now, one, after);
      }, before),
    );
  });
  return <Text wrap="truncate">{shown.lines.map((of) => painted(of, terminal.colours)).join('\n')}</Text>;
}

const names = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageUp'],
  ['pageDown', 'pageDown'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  // Most terminals send for Backspace what Ink calls delete.
  ['backspace', 'backspace'],
  ['delete', 'backspace'],
  ['tab', 'tab'],
] as const;

/** Several letters may come at once: typed fast, or pasted. */
function keysOf(input: string, key: InkKey): Key[] {
  if (key.ctrl) return input === 'c' ? [{ name: 'interrupt' }] : [];
  const named = names.find(([name]) => key[name]);
  if (named !== undefined) return [{ name: named[1] }];
  return key.meta ? [] : Array.from(input).flatMap(keyOf);
}

/** Among several letters Enter is one of them, as in a paste. */
const amongLetters: Readonly<Record<string, Key>> = {
  '\r': { name: 'enter' },
  '\n': { name: 'enter' },
  '\t': { name: 'tab' },
  '\u0003': { name: 'interrupt' },
  '\u007f': { name: 'backspace' },
};

function keyOf(letter: string): Key[] {
  const named = amongLetters[letter];
  if (named !== undefined) return [named];
  return letter < ' ' ? [] : [{ letter }];
}
