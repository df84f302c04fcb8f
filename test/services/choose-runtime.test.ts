import { describe, expect, test } from 'vitest';
import { chooseRuntime, type RuntimeWish } from '../../src/services/choose-runtime.js';

const wish: RuntimeWish = {
  lab: 'x',
  remembered: undefined,
  configured: 'auto',
  askedByFlag: false,
  prefer: 'docker',
};

/** A machine, and which of its facts were asked for. */
function machine(facts: { docker?: string; java?: string } = {}) {
  const asked: string[] = [];
  return {
    asked,
    whyNoDocker: () => {
      asked.push('docker');
      return Promise.resolve(facts.docker);
    },
    whyNoJava: () => {
      asked.push('java');
      return Promise.resolve(facts.java);
    },
  };
}

describe('a lab that was up before stays where it is, and nothing is asked', () => {
  test.each([
    { remembered: 'docker', configured: 'auto', askedByFlag: false },
    { remembered: 'local', configured: 'auto', askedByFlag: true },
    { remembered: 'local', configured: 'docker', askedByFlag: false },
    { remembered: 'docker', configured: 'docker', askedByFlag: true },
    { remembered: 'local', configured: 'auto', askedByFlag: false, prefer: 'local' },
  ] as const)('%j', async (part) => {
    const facts = machine();
    expect(await chooseRuntime({ ...wish, ...part }, facts)).toEqual({
      name: part.remembered,
      because: 'the lab "x" is on it',
    });
    expect(facts.asked).toEqual([]);
  });

  test('and a flag for another one is an error that says both ways on', async () => {
    const facts = machine();
    await expect(
      chooseRuntime({ ...wish, remembered: 'local', configured: 'docker', askedByFlag: true }, facts),
    ).rejects.toMatchObject({
      code: 'INVALID_USAGE',
      exitCode: 2,
      message: '--runtime docker: the lab "x" is on the local runtime, where its data is.',
      suggestions: [
        'Use another lab: streamlab up --runtime docker --lab x-docker',
        'Or delete this one first: streamlab down --volumes',
      ],
    });
    expect(facts.asked).toEqual([]);
  });
});

describe('a new lab', () => {
  test.each([
    [true, '--runtime says so'],
    [false, 'the configuration says so'],
  ])('takes what is configured without asking (by flag: %s)', async (askedByFlag, because) => {
    for (const configured of ['docker', 'local', 'attach'] as const) {
      const facts = machine({ docker: 'no engine', java: 'no Java' });
      expect(await chooseRuntime({ ...wish, configured, askedByFlag }, facts)).toEqual({
        name: configured,
        because,
      });
      expect(facts.asked).toEqual([]);
    }
  });

  test.each([
    ['docker', {}, 'docker', 'an engine answers, and every image can be had', ['docker']],
    ['docker', { docker: 'no engine' }, 'local', 'Docker is no way here: no engine', ['docker']],
    [
      'docker',
      { docker: 'no engine', java: 'none' },
      'local',
      'Docker is no way here: no engine',
      ['docker'],
    ],
    ['local', {}, 'local', 'Java is here', ['java']],
    ['local', { java: 'none' }, 'docker', 'there is no Java for the local one (none)', ['java', 'docker']],
    [
      'local',
      { java: 'none', docker: 'no engine' },
      'local',
      'Docker is no way either (no engine)',
      ['java', 'docker'],
    ],
  ] as const)(
    'that prefers %s on a machine with %j takes %s',
    async (prefer, facts, name, because, asked) => {
      const here = machine(facts);
      expect(await chooseRuntime({ ...wish, prefer }, here)).toEqual({ name, because });
      expect(here.asked).toEqual(asked);
    },
  );

  test('is not chosen for when a question fails', async () => {
    const facts = { ...machine(), whyNoDocker: () => Promise.reject(new Error('odd')) };
    await expect(chooseRuntime(wish, facts)).rejects.toThrow('odd');
  });
});
